/*
 * Locks of whole files and directories between processes. A lock belongs to the open file, so a child of the holder has
 * it, too, between fork() and exec(), also if the holder ends meanwhile.
 */
#pragma once

enum {
    LOCK_FILE_PATIENCE_MS = 500, /* for such a child; short enough for who has started a second daemon */
};

/* Locks an open file for this process. Returns 0, -EWOULDBLOCK if another process holds the lock and keeps it, or another
 * negative errno. */
int lock_file(int fd);
