/*
 * Checks the URL of a proxy and the list of hosts that are reached without it. Both processes use this
 * matcher; libcurl gets only its result.
 */
#pragma once

#include <stdbool.h>

/* Describes the allowed entries of the list, for messages. */
#define PROXY_EXEMPTIONS                                                                                     \
    "hosts, domains (.example.com, *.example.com), addresses, each with or without a port, CIDR ranges "     \
    "(10.0.0.0/8, 10.*), <local> or *"

/* Returns true if a text is an http or https URL with a port, without user, password, path and query. */
bool proxy_url_is_valid(const char *url);

/* Returns true if an entry has a form of PROXY_EXEMPTIONS. */
bool proxy_exemption_is_valid(const char *entry);

/* Returns true if a host (a name or an address, IPv6 in brackets) and its port match a valid entry. A name
 * matches itself and the names below it; case and a final dot are ignored; <local> matches names without a
 * dot. */
bool proxy_exempts(const char *entry, const char *host, unsigned port);
