#include "worker/http/local-address.h"

#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

static bool is_local_ipv4(uint32_t ip)
{
    uint32_t first = ip >> 24;

    return first == 0 || first == IN_LOOPBACKNET || ip >> 16 == 0xa9fe || first >= 0xe0;
}

bool address_is_local(const struct sockaddr *address)
{
    struct sockaddr_in ipv4;
    struct sockaddr_in6 ipv6;
    uint32_t mapped;

    if (address->sa_family == AF_INET) {
        memcpy(&ipv4, address, sizeof(ipv4));
        return is_local_ipv4(ntohl(ipv4.sin_addr.s_addr));
    }
    if (address->sa_family != AF_INET6)
        return true;
    memcpy(&ipv6, address, sizeof(ipv6));
    if (IN6_IS_ADDR_V4MAPPED(&ipv6.sin6_addr)) {
        memcpy(&mapped, ipv6.sin6_addr.s6_addr + 12, sizeof(mapped));
        return is_local_ipv4(ntohl(mapped));
    }
    return IN6_IS_ADDR_LOOPBACK(&ipv6.sin6_addr) || IN6_IS_ADDR_LINKLOCAL(&ipv6.sin6_addr) ||
           IN6_IS_ADDR_UNSPECIFIED(&ipv6.sin6_addr) || IN6_IS_ADDR_MULTICAST(&ipv6.sin6_addr);
}
