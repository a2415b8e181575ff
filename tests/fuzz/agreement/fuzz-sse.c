/* Answers of the regional server: the first two bytes choose call and status, the rest is the body. What the
 * worker makes of them the daemon takes. */
#include <errno.h>

#include "daemon/worker/replies.h"
#include "fuzz/fuzz.h"
#include "worker/sse/reply.h"

static const struct {
    int (*answer)(struct call_context *context, const struct http_response *response, json_object **ret);
    const struct service_field *fields;
} calls[] = {
    { sse_answer_created, reply_create_context },
    { sse_answer_activated, reply_activate },
    { sse_answer_status, reply_context_status },
    { sse_answer_deleted, reply_delete_context },
};

static const long statuses[] = { 200, 201, 202, 204, 301, 400, 401, 403, 404, 409, 410, 429, 500, 503 };

static void check_failure(const struct failure *failure)
{
    json_object *message = failure_reply(failure);
    char name[128] = "";

    REQUIRE(message && failure->reason != REASON_NONE);
    require_readable(message);
    REQUIRE(
        service_check_fields(reply_failed, json_get_object(message, "parameters"), name, sizeof(name)) == 0);
    json_object_put(message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct call_context context = { .failure = FAILURE_INIT };
    struct http_response response = {
        .url = { .authority = "sse.example:443", .host = "sse.example", .path = "/" },
        .content_type = "application/json",
        .retry_after = -1,
        .request_id = "1f0a5f60-0000-4000-8000-000000000001",
    };
    json_object *reply = NULL;
    char name[128];

    if (size < 2)
        return 0;
    size_t call = data[0] % ELEMENTS(calls);
    response.status = statuses[data[1] % ELEMENTS(statuses)];
    response.clock_known = data[0] & 16;
    response.clock_offset = data[0] & 32 ? -1000 : 1000;
    response.body = copy_text(data + 2, size - 2);
    response.size = size - 2;

    int r = calls[call].answer(&context, &response, &reply);
    REQUIRE(r == 0 || r == -EREMOTEIO);
    if (r == 0) {
        require_readable(reply);
        REQUIRE(service_check_fields(calls[call].fields, reply, name, sizeof(name)) == 0);
        json_put_erased(reply);
    } else
        check_failure(&context.failure);
    failure_done(&context.failure);
    http_response_done(&response);
    return 0;
}
