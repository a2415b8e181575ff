#include "common/socket-path.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

int socket_path_address(const char *path, struct sockaddr_un *ret)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    size_t length = strlen(path);

    if (length == 0)
        return -EINVAL;
    if (length >= sizeof(address.sun_path))
        return -ENAMETOOLONG;
    memcpy(address.sun_path, path, length);
    *ret = address;
    return 0;
}
