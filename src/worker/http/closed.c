#include "worker/http/closed.h"

#include "common/memory.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <resolv.h>

static bool is_near(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET6) {
        const struct in6_addr *ip = &((const struct sockaddr_in6 *)address)->sin6_addr;

        return IN6_IS_ADDR_LOOPBACK(ip) || IN6_IS_ADDR_LINKLOCAL(ip);
    }
    if (address->sa_family != AF_INET)
        return false;
    in_addr_t ip = ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr);
    return ip >> IN_CLASSA_NSHIFT == IN_LOOPBACKNET || ip >> IN_CLASSB_NSHIFT == 0xa9fe;
}

bool closed_address(const struct sockaddr *address, socklen_t size)
{
    if (!is_near(address))
        return false;
    /* An empty datagram: of a connection, only the time-out would tell. */
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
