/*
 * Finds, for messages, the addresses of this host and its links that the unit may not reach: systemd drops
 * packets to them (IPAddressDeny=).
 */
#pragma once

#include <stdbool.h>
#include <sys/socket.h>

/* Returns true if the address is of this host or link, and sending to it is refused. */
bool closed_address(const struct sockaddr *address, socklen_t size);

/* Returns true if sending to a name server of the resolver is refused. */
bool closed_name_server(void);
