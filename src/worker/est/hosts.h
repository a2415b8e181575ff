/*
 * Checks the host of an EST server that an activation names. The server on that host gets a credential and
 * learns what is reachable from here, so the configuration lists the allowed hosts.
 */
#pragma once

#include "common/json.h"

#include <stdbool.h>

/* Returns true if the list allows a host (as in a URL); NULL allows all. *ret_named tells whether the list
 * names the host itself, not its domain: only such a host may be on this machine or link. */
bool est_host_is_allowed(json_object *hosts, const char *host, bool *ret_named);
