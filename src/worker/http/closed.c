#include "worker/http/closed.h"

#include "common/memory.h"
#include "worker/http/local-address.h"

#include <errno.h>
#include <resolv.h>

bool closed_address(const struct sockaddr *address, socklen_t size)
{
    if (!address_is_local(address))
        return false;
    /* Send an empty datagram: a connection would tell only by its time-out. */
    _cleanup_close_ int fd = socket(address->sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return fd >= 0 && sendto(fd, "", 0, 0, address, size) < 0 && errno == EPERM;
}

bool closed_name_server(void)
{
    struct __res_state resolver = { 0 };
    bool closed = false;

    if (res_ninit(&resolver) < 0)
        return false;
    for (int i = 0; i < resolver.nscount; i++)
        closed |= closed_address(
            (const struct sockaddr *)&resolver.nsaddr_list[i], sizeof(resolver.nsaddr_list[i]));
    res_nclose(&resolver);
    return closed;
}
