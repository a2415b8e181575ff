/*
 * The listening socket: taken from systemd, or made at a path with the configured mode, user and group. A lock file
 * beside the path keeps a second daemon away, also while this one starts. A socket that a crash has left is replaced.
 */
#pragma once

#include "daemon/config/config.h"

struct listener {
    int fd, lock;
    char *path, *lock_path; /* of the files to remove at the end; NULL if systemd made the socket */
};

/* Opens the socket. Returns 0, or a negative errno that listener_fault explains.
 * listener_close ends it in both cases. */
int listener_open(struct listener *listener, const struct config *config, const char *path);

/* Closes the socket and removes the files that listener_open has made. */
void listener_close(struct listener *listener);

/* Returns why the socket could not be opened, for a message. */
const char *listener_fault(int error);
