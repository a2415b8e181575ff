#include "worker/methods/run.h"

#include <errno.h>

static json_object *make_invalid_parameter(const char *name)
{
    _cleanup_json_ json_object *fields = json_object_new_object();

    if (!fields || json_add_string(fields, "parameter", name) < 0)
        return NULL;
    return varlink_make_error("org.varlink.service.InvalidParameter", TAKE_PTR(fields));
}

int method_run(
    struct http *http, const struct varlink_call *call, method_step run_step, json_object **ret_reply)
{
    struct call_context context;
    json_object *out = NULL, *reply = NULL;

    int r = call_context_open(&context, http, call->parameters);
    if (r >= 0)
        r = run_step(&context, call->parameters, &out);

    bool invalid = r == -EINVAL && context.invalid;
    if (r == 0)
        reply = varlink_make_reply(out);
    else if (r == -EREMOTEIO)
        reply = failure_reply(&context.failure);
    else if (invalid)
        reply = make_invalid_parameter(context.invalid);
    call_context_close(&context);
    if (!reply)
        return r == 0 || r == -EREMOTEIO || invalid ? -ENOMEM : r;
    *ret_reply = reply;
    return 0;
}
