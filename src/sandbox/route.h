/* Which call a request is: one table of the endpoints with their method, their place below the base and their
 * handler. The names of the endpoints are those that faults are set on. */
#pragma once

#include "sandbox/sandbox.h"

struct endpoint {
    const char *name;
    const char *method;
    bool est;         /* on the EST server, else on the regional ones */
    const char *tail; /* what follows /v1/contexts/{guid} or the EST base; NULL: /v1/contexts itself */
    handler_func run;
};

/* Finds the endpoint of a request and fills its guid. NULL when there is none; then the answer is filled. */
const struct endpoint *route_find(struct request *request, struct answer *answer);
