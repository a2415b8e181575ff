#include "worker/methods/check.h"

#include "worker/http/http.h"
#include "worker/methods/findings.h"
#include "worker/methods/run.h"
#include "worker/methods/send.h"
#include "worker/x509/certificate.h"

#include <errno.h>

enum {
    PART_SIZE_MAX = 64 << 10,
};

/* Findings of one call: all but the last are sent at once, the last is the reply. */
struct findings {
    struct call_context *context;
    bool last_host;
    json_object *reply; /* its parameters; NULL: not known yet */
};

static json_object *finding_json(const struct check_finding *finding)
{
    _cleanup_json_ json_object *object = json_object_new_object();
    json_object *certificate = NULL;

    if (finding->peer && certificate_server_info(finding->peer->leaf, &certificate) < 0)
        return NULL;
    if (json_add(object, "certificate", certificate) < 0 ||
        json_add_string(object, "service", check_service_names[finding->service]) < 0 ||
        json_add_string(object, "host", finding->host) < 0 ||
        json_add_string(object, "step", check_step_names[finding->step]) < 0 ||
        json_add_bool(object, "ok", finding->reason == REASON_NONE) < 0 ||
        json_add_string(object, "message", finding->message) < 0 ||
        json_add_string(object, "reason", reason_to_string(finding->reason)) < 0 ||
        json_add_string(object, "requestId", finding->request_id) < 0)
        return NULL;
    if (finding->peer && json_add_string(object, "tlsVersion", finding->peer->version) < 0)
        return NULL;
    if (finding->clock_known && json_add_int(object, "clockOffset", finding->clock_offset) < 0)
        return NULL;
    return TAKE_PTR(object);
}

/* Sends one of several replies. Takes the parameters over. */
static int send_part(const struct http *http, json_object *parameters)
{
    _cleanup_json_ json_object *message = varlink_make_part(parameters);

    return message ? send_message(http_caller(http), message, PART_SIZE_MAX) : -ENOMEM;
}

static int report_finding(void *userdata, const struct check_finding *finding)
{
    struct findings *findings = userdata;
    _cleanup_json_ json_object *parameters = json_object_new_object();
    json_object *object = finding_json(finding);

    if (!parameters || !object || json_add(parameters, "result", object) < 0)
        return -ENOMEM;
    if (!findings->last_host || !finding->last)
        return send_part(findings->context->http, TAKE_PTR(parameters));
    findings->reply = TAKE_PTR(parameters);
    return 0;
}

static int check_hosts(struct call_context *context, json_object *in, json_object **ret)
{
    json_object *urls = json_get_array(in, "sse"), *settings = json_get_object(in, "est");
    _cleanup_est_ struct est est = { 0 };
    struct findings findings = { .context = context };
    size_t n = json_object_array_length(urls);
    int r = 0;

    if (n == 0 && !settings)
        return call_refuse_parameter(context, "sse");
    if (settings)
        r = est_settings_read(context, settings, &est);
    for (size_t i = 0; i < n && r >= 0; i++) {
        findings.last_host = i + 1 == n && !settings;
        r = check_sse(
            context, json_object_get_string(json_object_array_get_idx(urls, i)), report_finding, &findings);
    }
    if (settings && r >= 0) {
        findings.last_host = true;
        r = check_est(context, &est, report_finding, &findings);
    }
    if (r >= 0)
        *ret = findings.reply;
    else
        json_object_put(findings.reply);
    return r;
}

int method_check(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    return method_run(userdata, call, check_hosts, ret_reply);
}
