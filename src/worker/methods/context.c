#include "worker/methods/context.h"

#include "worker/est/est.h"
#include "worker/methods/credentials.h"
#include "worker/methods/run.h"
#include "worker/sse/sse.h"

/* Begins to fetch what a later call will want of the optional EST server. */
static int prefetch_est(struct call_context *context, json_object *in, struct est *est)
{
    json_object *object = json_get_object(in, "est");

    if (!object)
        return 0;
    int r = est_settings_read(context, object, est);
    return r < 0 ? r : est_prefetch(context, est);
}

static int create_context(struct call_context *context, json_object *in, json_object **ret)
{
    _cleanup_est_ struct est est = { 0 };

    int r = prefetch_est(context, in, &est);
    if (r < 0)
        return r;
    return sse_create_context(context, json_get_string(in, "url"), json_get_object(in, "client"),
        json_get_string(in, "exchange"), json_get_int(in, "refreshInterval", 0), ret);
}

static int activate_context(struct call_context *context, json_object *in, json_object **ret)
{
    _cleanup_est_ struct est est = { 0 };

    int r = prefetch_est(context, in, &est);
    return r < 0 ? r : sse_activate(context, json_get_string(in, "url"), json_get_string(in, "token"), ret);
}

static int read_credentials(
    struct call_context *context, json_object *in, struct http_client_certificate *ret)
{
    return credentials_read(context, json_get_object(in, "credentials"), ret, NULL);
}

static int get_context_status(struct call_context *context, json_object *in, json_object **ret)
{
    struct http_client_certificate certificate;
    int r = read_credentials(context, in, &certificate);

    return r < 0 ? r : sse_get_status(context, json_get_string(in, "url"), &certificate, ret);
}

static int refresh_context(struct call_context *context, json_object *in, json_object **ret)
{
    struct http_client_certificate certificate;
    int r = read_credentials(context, in, &certificate);

    return r < 0 ? r
                 : sse_refresh(
                       context, json_get_string(in, "url"), &certificate, json_get_object(in, "client"), ret);
}

static int delete_context(struct call_context *context, json_object *in, json_object **ret)
{
    struct http_client_certificate certificate;
    int r = read_credentials(context, in, &certificate);

    return r < 0 ? r : sse_delete_context(context, json_get_string(in, "url"), &certificate, ret);
}

int method_create_context(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    return method_run(userdata, call, create_context, ret_reply);
}

int method_activate(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    return method_run(userdata, call, activate_context, ret_reply);
}

int method_get_context_status(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    return method_run(userdata, call, get_context_status, ret_reply);
}

int method_refresh(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    return method_run(userdata, call, refresh_context, ret_reply);
}

int method_delete_context(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    return method_run(userdata, call, delete_context, ret_reply);
}
