/*
 * Addresses of UNIX sockets in the file system. An empty path is refused: the kernel would take it for an abstract address,
 * which has no permissions and belongs to whoever binds it first.
 */
#pragma once

#include <sys/un.h>

/* Makes the address of a path. Returns 0, -EINVAL if the path is empty, or -ENAMETOOLONG. */
int socket_path_address(const char *path, struct sockaddr_un *ret);
