/* Calls a handler of the worker with parameters that name a server in the test. */
#pragma once

#include "common/service.h"
#include "unit/helpers/tls-server.h"
#include "worker/http/http.h"

/* Calls a handler with the parameters, which it takes over, and a network that trusts the server. Returns the reply message,
 * which the caller frees. */
static inline json_object *method_call(
    service_handler handler, struct http *http, const struct tls_server *server, json_object *parameters)
{
    struct varlink_call call = { .method = "x.y.Z", .parameters = parameters, .message = parameters };
    json_object *network = json_object_new_object(), *reply = NULL;

    json_add_string(network, "caFile", server->anchors);
    json_add_int(network, "connectTimeout", 20000);
    json_add_int(network, "timeout", 20000);
    assert_int_equal(json_add(parameters, "network", network), 0);
    assert_int_equal(handler(http, &call, &reply), 0);
    assert_non_null(reply);
    varlink_call_done(&call);
    return reply;
}

/* An object of JSON text, in which every ' stands for ". */
static inline json_object *json_of(const char *format, ...) __attribute__((format(printf, 1, 2)));

static inline json_object *json_of(const char *format, ...)
{
    static char text[64 << 10];
    json_object *object = NULL;
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    for (char *c = text; *c; c++)
        if (*c == '\'')
            *c = '"';
    assert_int_equal(json_parse(text, strlen(text), &object), 0);
    return object;
}

/* A member of the reply's parameters that is a text, else NULL. */
static inline const char *reply_text(json_object *reply, const char *name)
{
    return json_get_string(json_get_object(reply, "parameters"), name);
}
