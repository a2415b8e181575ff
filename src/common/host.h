/* Host names against the entries of a list of hosts that are reached without the proxy. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* True if an entry of that length means this host: "*", the host itself, or a domain that it is in (with or without a
 * leading dot), without regard to case and to a dot at the end. Ranges of addresses are not looked at. */
bool host_matches(const char *host, const char *entry, size_t length);
