/*
 * Addresses of this host and of its links that the worker may not reach, for messages: systemd drops what the unit sends to them
 * (IPAddressDeny=).
 */
#pragma once

#include <stdbool.h>
#include <sys/socket.h>

/* True if the address is one of these, and sending to it is refused. */
bool closed_address(const struct sockaddr *address, socklen_t size);

/* True if that holds for a name server of the resolver. */
bool closed_name_server(void);
