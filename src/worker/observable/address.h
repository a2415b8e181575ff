/*
 * Recognises IPv4 and IPv6 addresses. inet_pton() decides. An item that only looks like an address is refused
 * with the reason.
 */
#pragma once

#include "worker/observable/observable.h"

#include <netinet/in.h>

/* Decides about an item that is or looks like an address, with port, prefix length or brackets. Returns false if it looks
 * like something else. */
bool address_recognise(const char *text, struct observable *observable);

/* Returns true if a text consists of numbers and dots, at least one of each. */
bool address_is_dotted(const char *text);

/* Checks four numbers with dots. Returns true, or false and the refusal. */
bool address_check_dotted(const char *text, struct observable *observable);

/* Returns true if the last label of a host name is a decimal or hexadecimal number: browsers take such a name
 * for an address. */
bool address_ends_in_number(const char *host);

/* Reads an address like browsers and libcurl, with fewer numbers, octal or hexadecimal. Returns false if the
 * text is not an address. */
bool address_read_loosely(const char *host, struct in_addr *ret);

/* Writes an IPv6 address by RFC 5952. Returns false if the text is not an address. */
bool address_write_ipv6(const char *text, char out[INET6_ADDRSTRLEN]);

/* Returns true if a text is a port: 1 to 65535. */
bool address_is_port(const char *text);
