#include "worker/sse/sse.h"

#include "worker/http/http.h"
#include "worker/sse/reply.h"

#include <errno.h>

typedef int (*answer_reader)(
    struct call_context *context, const struct http_response *response, json_object **ret);

/* Makes a request, with the body as JSON if there is one, and reads the answer. */
static int exchange_json(struct call_context *context, const char *method, const char *url, json_object *body,
    const struct http_client_certificate *certificate, answer_reader read_answer, json_object **ret)
{
    _cleanup_http_response_ struct http_response response = { 0 };
    struct http_request request = {
        .method = method,
        .url = url,
        .accept = "application/json",
        .content_type = "application/json",
        .client = certificate,
        /* An intercepting proxy can't pass the appliance's certificate on, which a refused request with one
         * reveals. */
        .interception = certificate ? HTTP_INTERCEPTION_NOTED : HTTP_INTERCEPTION_REFUSED,
    };

    if (body && !(request.body = json_text(body, &request.body_size)))
        return -ENOMEM;
    int r = http_perform(context, &request, &response);
    if (body)
        json_erase_text(request.body, request.body_size);
    if (r == -EINVAL)
        return call_refuse_parameter(context, "url");
    if (r < 0)
        return r;
    return read_answer(context, &response, ret);
}

/* Adds the client to the body; an address that is null is left out. */
static int add_client(json_object *body, json_object *client)
{
    if (!json_get_string(client, "ip"))
        json_object_object_del(client, "ip");
    return json_add(body, "clientInfo", json_object_get(client));
}

/* {"exchange":{"fqdn":...,"registration":{"refreshInterval":...}}} */
static int add_settings(json_object *body, const char *fqdn, int64_t refresh_interval)
{
    _cleanup_json_ json_object *settings = json_object_new_object();
    _cleanup_json_ json_object *exchange_object = json_object_new_object();
    _cleanup_json_ json_object *registration = json_object_new_object();

    if (!settings || !exchange_object || !registration ||
        json_add_int(registration, "refreshInterval", refresh_interval) < 0 ||
        json_add_string(exchange_object, "fqdn", fqdn) < 0 ||
        json_add(exchange_object, "registration", TAKE_PTR(registration)) < 0 ||
        json_add(settings, "exchange", TAKE_PTR(exchange_object)) < 0)
        return -ENOMEM;
    return json_add(body, "settings", TAKE_PTR(settings));
}

int sse_create_context(struct call_context *context, const char *url, json_object *client, const char *fqdn,
    int64_t refresh_interval, json_object **ret)
{
    _cleanup_json_ json_object *body = json_object_new_object();

    if (!body || add_client(body, client) < 0 || add_settings(body, fqdn, refresh_interval) < 0)
        return -ENOMEM;
    return exchange_json(context, "POST", url, body, NULL, sse_answer_created, ret);
}

int sse_activate(struct call_context *context, const char *url, const char *token, json_object **ret)
{
    _cleanup_json_erase_ json_object *body = json_object_new_object();

    if (!body || json_add_string(body, "token", token) < 0)
        return -ENOMEM;
    return exchange_json(context, "POST", url, body, NULL, sse_answer_activated, ret);
}

int sse_get_status(struct call_context *context, const char *url,
    const struct http_client_certificate *certificate, json_object **ret)
{
    return exchange_json(context, "GET", url, NULL, certificate, sse_answer_status, ret);
}

int sse_refresh(struct call_context *context, const char *url,
    const struct http_client_certificate *certificate, json_object *client, json_object **ret)
{
    _cleanup_json_ json_object *body = json_object_new_object();

    if (!body || add_client(body, client) < 0)
        return -ENOMEM;
    return exchange_json(context, "POST", url, body, certificate, sse_answer_status, ret);
}

int sse_delete_context(struct call_context *context, const char *url,
    const struct http_client_certificate *certificate, json_object **ret)
{
    return exchange_json(context, "DELETE", url, NULL, certificate, sse_answer_deleted, ret);
}

int sse_probe(struct call_context *context, const char *url)
{
    _cleanup_json_ json_object *nothing = NULL;

    return exchange_json(context, "GET", url, NULL, NULL, sse_answer_probed, &nothing);
}
