/*
 * The listening socket: taken from systemd, or made at a path with the configured mode, user and group. A lock beside the
 * path keeps a second daemon away, also while this one starts; what a crash left behind is replaced.
 */
#pragma once

#include "daemon/config/config.h"

struct listener {
    int fd, lock;
    char *path, *lock_path; /* to remove at the end; NULL if systemd made the socket */
};

/* Opens it. 0, or a negative errno that listener_fault explains; on failure, too, listener_close ends it. */
int listener_open(struct listener *listener, const struct config *config, const char *path);

/* Closes it and removes what open made. */
void listener_close(struct listener *listener);

/* Why it could not be opened, for a message. */
const char *listener_fault(int error);
