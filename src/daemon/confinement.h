/* What the daemon gives up once it has started. */
#pragma once

/* No new privileges, no process, nothing executed, no socket but AF_UNIX, nothing written but beneath the state directory,
 * and nothing else removed but beneath the folder of the socket. Reading stays free: a reload may name any file. Only for
 * a daemon that reaches its worker by a socket, since what it executes would be confined, too. Where the kernel lacks a
 * feature, one line in the log says so. */
void daemon_confine(const char *state_directory, const char *socket_path);
