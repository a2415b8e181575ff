/*
 * What the daemon gives up once it has started: new privileges, processes, execution, sockets other than AF_UNIX, and
 * writing outside its own directories. Reading stays free, since a reload may name any file.
 */
#pragma once

#include "daemon/core/core.h"

/* Confines the process: from now on it writes only below the state directory, and removes files only there and in the
 * folder of the socket. Call it only if the worker is reached by a socket: a program that the daemon executes would be
 * confined, too. Logs one line if the kernel lacks a feature. */
void daemon_confine(const char *state_directory, const char *socket_path);

/* Does so if the worker in use is reached by a socket. */
void daemon_confine_for_worker(const struct core *core);
