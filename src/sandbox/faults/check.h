/*
 * What a fault can be set on, and whether its value makes sense there. The command line checks what it sets, and the
 * server what it reads from faults.json.
 */
#pragma once

#include "sandbox/faults/fault.h"

/* Returns the i-th endpoint that faults can be set on, for listings; NULL behind the last. "tls:HOST" is not listed. */
const char *fault_endpoint_at(size_t i);

/* Returns the places of an endpoint, 0 if there is no endpoint of that name. */
unsigned fault_places(const char *endpoint);

/* Checks a fault. 0, or -EINVAL with *ret_problem a constant sentence. */
int fault_check(const struct fault *fault, const char **ret_problem);
