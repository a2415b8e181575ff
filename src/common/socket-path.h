/*
 * The address of a UNIX socket in the file system. An empty path must not become one: the kernel would take it for an
 * abstract address, which has no permissions and belongs to whoever binds it first.
 */
#pragma once

#include <sys/un.h>

/* Makes the address of a path. 0, -EINVAL if the path is empty, -ENAMETOOLONG. */
int socket_path_address(const char *path, struct sockaddr_un *ret);
