/*
 * Locks whole files and directories between processes. A lock belongs to the open file: a child of the holder
 * shares it until exec(), even if the holder ends first.
 */
#pragma once

enum {
    LOCK_FILE_PATIENCE_MS = 500, /* waits for such a child; a second daemon still fails promptly */
};

/* Locks an open file for this process. Returns 0, -EWOULDBLOCK if another process still holds the lock after
 * LOCK_FILE_PATIENCE_MS, or another negative errno. */
int lock_file(int fd);
