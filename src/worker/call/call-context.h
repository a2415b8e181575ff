/*
 * What one call works with: the connection pool of the process, the network that the call named, and the
 * place where a failure is told. It lives as long as the call.
 */
#pragma once

#include "worker/call/failure.h"
#include "worker/call/network.h"

#include <errno.h>

struct call_context {
    struct http *http; /* borrowed */
    struct network network;
    struct failure failure;
    struct secrets secrets;
    const char *invalid; /* after -EINVAL: the parameter that was wrong */
};

/* Says that a parameter of the call is wrong. Returns -EINVAL, to be returned at once. */
static inline int call_refuse_parameter(struct call_context *context, const char *parameter)
{
    context->invalid = parameter;
    return -EINVAL;
}
