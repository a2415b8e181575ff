/* Recognises addresses of this machine and of its links. */
#pragma once

#include <stdbool.h>
#include <sys/socket.h>

/* Returns true for loopback, link-local, unspecified and multicast addresses, also for IPv4 mapped into IPv6,
 * and for other families. No server of a cloud has such an address. */
bool address_is_local(const struct sockaddr *address);
