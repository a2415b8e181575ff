#include "worker/call/call-context.h"

#include <errno.h>

int call_context_open(struct call_context *context, struct http *http, json_object *parameters)
{
    *context = (struct call_context){ .http = http, .failure = FAILURE_INIT };
    context->failure.secrets = &context->secrets;

    int r = secrets_read(parameters, &context->secrets);
    return r < 0 ? r
                 : network_read(json_get_object(parameters, "network"), &context->network, &context->invalid);
}

void call_context_close(struct call_context *context)
{
    network_done(&context->network);
    failure_done(&context->failure);
    secrets_done(&context->secrets);
}

int call_refuse_parameter(struct call_context *context, const char *parameter)
{
    context->invalid = parameter;
    return -EINVAL;
}
