/*
 * The https URLs that servers are named by: in the configuration, by an activation, in calls. One check for both
 * processes, so that nothing is kept that can't be asked.
 */
#pragma once

#include <stdbool.h>

/* Returns true if a text is a https URL of at most LIMIT_URL bytes of printable ASCII: without user and fragment, with a
 * host of letters, digits, '.', '-' and '_' or an IPv6 address in brackets, and with a port from 1 to 65535, if any. */
bool https_url_is_valid(const char *text);
