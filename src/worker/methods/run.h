/*
 * Runs the step of a method in a context of its own and makes the reply of what came of it.
 */
#pragma once

#include "common/varlink.h"
#include "worker/call/call-context.h"

/* Does the work of a method in its context. Returns 0 and the parameters of the reply, -EREMOTEIO and the context's failure,
 * -EINVAL and its invalid parameter, or another negative errno that ends the worker. */
typedef int (*method_step)(struct call_context *context, json_object *in, json_object **ret);

/* Runs a step for a call. Returns 0 and the reply message, or a negative errno that ends the worker. */
int method_run(
    struct http *http, const struct varlink_call *call, method_step run_step, json_object **ret_reply);
