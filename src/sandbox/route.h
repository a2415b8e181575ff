/*
 * Finds the endpoint of a request: by the service of its host, then by method and path in the table of that service.
 */
#pragma once

#include "sandbox/faults/call.h"

/* Returns the endpoint of a call and fills the call's guid. NULL if there is none; then the answer is filled. */
const struct endpoint *route_find(struct call *call, struct answer *answer);
