/* The context of a worker's call that trusts the anchors of a file, and has the token "hush-hush". */
#pragma once

#include "unit/helpers/tls-server.h"
#include "worker/http/http.h"

struct worker_call {
    struct call_context context;
    json_object *parameters;
};

static inline void worker_call_open(struct worker_call *call, struct http *http, const char *anchors)
{
    char text[512];

    snprintf(text, sizeof(text),
        "{\"token\":\"hush-hush\",\"network\":{\"caFile\":\"%s\",\"connectTimeout\":20000,\"timeout\":20000}"
        "}",
        anchors);
    assert_int_equal(json_parse(text, strlen(text), &call->parameters), 0);
    assert_int_equal(call_context_open(&call->context, http, call->parameters), 0);
}

static inline void worker_call_close(struct worker_call *call)
{
    call_context_close(&call->context);
    json_object_put(call->parameters);
}
