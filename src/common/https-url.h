/*
 * Checks the https URLs of servers, from the configuration, an activation or a call. Both processes use this
 * check, so the daemon stores no URL that the worker refuses.
 */
#pragma once

#include <stdbool.h>

/* Returns true if a text is an https URL of at most LIMIT_URL bytes of printable ASCII, without user and
 * fragment. The host has letters, digits, '.', '-' and '_', or is an IPv6 address in brackets; a port is 1 to
 * 65535. */
bool https_url_is_valid(const char *text);
