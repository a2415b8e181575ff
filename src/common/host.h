/* Matches host names with the entries of a list of hosts that are reached without the proxy. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* True if the entry of this length is "*", the host itself, or a domain that it is in, with or without a leading dot. Case
 * and a dot at the end don't count. Ranges of addresses never match. */
bool host_matches(const char *host, const char *entry, size_t length);
