/*
 * What may be said of a proxy: its URL, and the hosts that are reached without it. One matcher decides for both processes,
 * and libcurl is told its result.
 */
#pragma once

#include <stdbool.h>

/* What an entry of the hosts that are reached without the proxy may be, for messages. */
#define PROXY_EXEMPTIONS                                                                                     \
    "hosts, domains (.example.com, *.example.com), addresses, each with or without a port, CIDR ranges "     \
    "(10.0.0.0/8, 10.*), <local> or *"

/* True if a text is an http or https URL with a port, and without user, password, path and query. */
bool proxy_url_is_valid(const char *url);

/* True if an entry is one of PROXY_EXEMPTIONS. */
bool proxy_exemption_is_valid(const char *entry);

/* True if a host (a name, or an address, that of IPv6 in brackets) and its port match a valid entry. A name matches itself
 * and the names below it; case and a dot at the end don't count; <local> is a name without a dot. */
bool proxy_exempts(const char *entry, const char *host, unsigned port);
