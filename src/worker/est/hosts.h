/*
 * Which hosts an EST server may have: an activation names it, but whoever answers there gets a credential and learns what is
 * reachable from here. The configuration says which ones are allowed.
 */
#pragma once

#include "common/json.h"

#include <stdbool.h>

/* True if a host, as a URL has it, is in the list (NULL: all are), and whether it is named there, not a part of a domain: only
 * then it may lie on this machine or link. */
bool est_host_is_allowed(json_object *hosts, const char *host, bool *ret_named);
