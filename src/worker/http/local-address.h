/* Addresses that lead to this machine or to what is on its link. */
#pragma once

#include <stdbool.h>
#include <sys/socket.h>

/* True for loopback, link-local, unspecified and multicast addresses, also as IPv6 writes those of IPv4, and for those that are
 * of neither family: no server of a cloud has one. */
bool address_is_local(const struct sockaddr *address);
