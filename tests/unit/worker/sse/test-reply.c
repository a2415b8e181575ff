#include "worker/sse/reply.h"

#include "unit/helpers/test-certificates.h"

#include <errno.h>
#include <stdio.h>

typedef int (*reader)(struct call_context *context, const struct http_response *response, json_object **ret);

/* Reads an answer whose clock is behind ours by offset. Returns the reply's text, or NULL and the failure, which the
 * caller ends. */
static const char *answer(reader read, long status, const char *body, int64_t offset, struct failure *failure)
{
    static char text[8192];
    _cleanup_free_ char *copy = strdup(body);
    struct call_context context = { .failure = FAILURE_INIT };
    struct http_response response = {
        .url = { .authority = "api.example:443" },
        .status = status,
        .content_type = "Text/HTML; charset=utf-8",
        .body = copy,
        .size = strlen(copy),
        .retry_after = 7,
        .clock_known = true,
        .clock_offset = offset,
        .request_id = "id",
    };
    json_object *reply = NULL;

    int r = read(&context, &response, &reply);
    if (failure)
        *failure = context.failure;
    else
        failure_done(&context.failure);
    if (r == 0) {
        snprintf(text, sizeof(text), "%s", json_text(reply, NULL));
        json_object_put(reply);
        return text;
    }
    assert_int_equal(r, -EREMOTEIO);
    assert_null(reply);
    assert_int_equal(context.failure.http_status, status);
    assert_int_equal(context.failure.retry_after, 7);
    assert_string_equal(context.failure.request_id, "id");
    assert_true(*context.failure.message);
    return NULL;
}

static enum reason reason_of(reader read, long status, const char *body, int64_t offset)
{
    struct failure failure = FAILURE_INIT;

    const char *text = answer(read, status, body, offset, &failure);
    failure_done(&failure);
    return text ? REASON_NONE : failure.reason;
}

#define ERROR(code) "{\"error\":{\"code\":\"" code "\",\"message\":\"m\",\"correlationId\":\"c\"}}"

static void test_errors(void **state)
{
    static const struct {
        reader read;
        long status;
        const char *body;
        int64_t offset;
        enum reason reason;
    } cases[] = {
        { sse_answer_created, 400, ERROR("malformed"), 0, REASON_UNEXPECTED_REPLY },
        { sse_answer_activated, 401, ERROR("token_invalid"), 0, REASON_TOKEN_REJECTED },
        { sse_answer_activated, 403, ERROR("token_expired"), 0, REASON_TOKEN_REJECTED },
        { sse_answer_activated, 403, ERROR("token_used"), 0, REASON_TOKEN_REJECTED },
        /* A clock that is wrong, too, does not make a bad token good. */
        { sse_answer_activated, 401, ERROR("token_used"), 9999, REASON_TOKEN_REJECTED },
        { sse_answer_activated, 401, ERROR("something_else"), 0, REASON_SERVER_ERROR },
        { sse_answer_activated, 401, ERROR("something_else"), 301, REASON_CLOCK_SKEW },
        { sse_answer_activated, 400, ERROR("token_invalid"), 0, REASON_UNEXPECTED_REPLY },
        { sse_answer_activated, 403, ERROR("wrong_region"), 0, REASON_WRONG_REGION },
        { sse_answer_activated, 409, ERROR("device_conflict"), 0, REASON_ALREADY_REGISTERED },
        { sse_answer_activated, 409, ERROR("other"), 0, REASON_UNEXPECTED_REPLY },
        { sse_answer_activated, 404, ERROR("not_found"), 0, REASON_UNEXPECTED_REPLY },
        /* Only an activation has a token. */
        { sse_answer_status, 401, ERROR("token_invalid"), 0, REASON_SERVER_ERROR },
        { sse_answer_status, 401, ERROR("unauthorized"), 300, REASON_SERVER_ERROR },
        { sse_answer_status, 401, ERROR("unauthorized"), 301, REASON_CLOCK_SKEW },
        { sse_answer_status, 401, ERROR("unauthorized"), -301, REASON_CLOCK_SKEW },
        { sse_answer_deleted, 401, ERROR("unauthorized"), -301, REASON_CLOCK_SKEW },
        { sse_answer_status, 404, ERROR("not_found"), 0, REASON_REMOVED_IN_PORTAL },
        { sse_answer_status, 410, ERROR("gone"), 0, REASON_REMOVED_IN_PORTAL },
        { sse_answer_status, 429, ERROR("rate_limited"), 0, REASON_RATE_LIMITED },
        { sse_answer_created, 500, ERROR("x"), 0, REASON_SERVER_ERROR },
        { sse_answer_deleted, 503, ERROR("x"), 0, REASON_SERVER_ERROR },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        enum reason reason = reason_of(cases[i].read, cases[i].status, cases[i].body, cases[i].offset);

        if (reason != cases[i].reason)
            fail_msg("case %zu gives %s", i, reason_to_string(reason));
    }
}

/* complaint("network: a web page in place of an answer is reported as an invalid character") */
/* Whatever the status: what is no JSON of the shape says nothing about tokens and devices. */
static void test_captive_portal(void **state)
{
    static const long statuses[] = { 200, 201, 202, 204, 302, 400, 401, 403, 404, 409, 410, 429, 500, 502,
        511 };
    static const char *const bodies[] = {
        "",
        "<html>",
        "[]",
        "\"token_invalid\"",
        "{}",
        "{\"error\":\"token_invalid\"}",
        "{\"error\":{\"code\":403,\"message\":\"m\"}}",
        "{\"error\":{\"code\":\"\",\"message\":\"m\"}}",
        "{\"error\":{\"message\":\"token_invalid\"}}",
        "{\"error\":{\"code\":\"token_invalid\"}}",
        ERROR("token_invalid") "x",
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(statuses); i++)
        for (size_t j = 0; j < ELEMENTS(bodies); j++) {
            assert_int_equal(
                reason_of(sse_answer_activated, statuses[i], bodies[j], 0), REASON_UNEXPECTED_REPLY);
            assert_int_equal(
                reason_of(sse_answer_status, statuses[i], bodies[j], 0), REASON_UNEXPECTED_REPLY);
            if (statuses[i] != 202 && statuses[i] != 204)
                assert_int_equal(
                    reason_of(sse_answer_deleted, statuses[i], bodies[j], 0), REASON_UNEXPECTED_REPLY);
        }
    assert_int_equal(reason_of(sse_answer_created, 200, "<html>", 0), REASON_UNEXPECTED_REPLY);
    assert_int_equal(reason_of(sse_answer_created, 201, "", 0), REASON_UNEXPECTED_REPLY);
    assert_int_equal(reason_of(sse_answer_created, 409, "{}", 0), REASON_UNEXPECTED_REPLY);
    assert_int_equal(reason_of(sse_answer_created, 404, "", 0), REASON_UNEXPECTED_REPLY);
}

/* What the service itself says to who shows no certificate. */
static void test_probed(void **state)
{
    (void)state;
    assert_int_equal(reason_of(sse_answer_probed, 401, ERROR("unauthorized"), 0), REASON_NONE);
    assert_int_equal(reason_of(sse_answer_probed, 401, ERROR("unauthorized"), 4000), REASON_NONE);
    assert_int_equal(reason_of(sse_answer_probed, 404, ERROR("not_found"), 0), REASON_NONE);
    assert_int_equal(reason_of(sse_answer_probed, 429, ERROR("rate_limited"), 0), REASON_RATE_LIMITED);
    assert_int_equal(reason_of(sse_answer_probed, 503, ERROR("x"), 0), REASON_SERVER_ERROR);
    assert_int_equal(reason_of(sse_answer_probed, 401, "<html>", 0), REASON_UNEXPECTED_REPLY);
    assert_int_equal(reason_of(sse_answer_probed, 200, "{}", 0), REASON_UNEXPECTED_REPLY);
    assert_int_equal(reason_of(sse_answer_probed, 503, "", 0), REASON_UNEXPECTED_REPLY);
}

static void test_created_and_deleted(void **state)
{
    (void)state;
    assert_string_equal(answer(sse_answer_created, 201, "{}", 0, NULL), "{\"created\":true}");
    assert_string_equal(answer(sse_answer_created, 200, "{\"x\":1}", 0, NULL), "{\"created\":false}");
    assert_string_equal(answer(sse_answer_created, 409, ERROR("exists"), 0, NULL), "{\"created\":false}");
    assert_string_equal(answer(sse_answer_deleted, 202, "", 0, NULL), "{\"existed\":true}");
    assert_string_equal(answer(sse_answer_deleted, 204, "", 0, NULL), "{\"existed\":true}");
    assert_string_equal(answer(sse_answer_deleted, 404, ERROR("not_found"), 0, NULL), "{\"existed\":false}");
    assert_string_equal(answer(sse_answer_deleted, 410, ERROR("gone"), 0, NULL), "{\"existed\":false}");
}

static void test_activated(void **state)
{
    (void)state;
    assert_string_equal(answer(sse_answer_activated, 201,
                            "{\"enrollment\":{\"url\":\"https://est.example/"
                            "e\",\"label\":\"eu\",\"scheme\":\"bearer\",\"secret\":\"s\","
                            "\"expires\":1785000000,\"more\":1},\"tenant\":{\"id\":\"i\",\"name\":\"Example "
                            "Inc.\"},\"more\":{}}",
                            0, NULL),
        "{\"enrollment\":{\"url\":\"https://est.example/"
        "e\",\"label\":\"eu\",\"scheme\":\"bearer\",\"secret\":\"s\","
        "\"expires\":1785000000},\"tenant\":{\"id\":\"i\",\"name\":\"Example Inc.\"}}");
    assert_string_equal(
        answer(sse_answer_activated, 200,
            "{\"enrollment\":{\"scheme\":\"basic\",\"username\":\"u\",\"secret\":\"s\"}}", 0, NULL),
        "{\"enrollment\":{\"username\":\"u\",\"scheme\":\"basic\",\"secret\":\"s\"}}");
}

static void test_bad_activations(void **state)
{
    static const char *const enrollments[] = {
        "{\"scheme\":\"bearer\"}",
        "{\"scheme\":\"bearer\",\"secret\":\"\"}",
        "{\"scheme\":\"bearer\",\"secret\":7}",
        "{\"scheme\":\"bearer\",\"secret\":\"a\\r\\nX-Evil: 1\"}",
        "{\"scheme\":\"digest\",\"secret\":\"s\"}",
        "{\"secret\":\"s\"}",
        "{\"scheme\":\"basic\",\"secret\":\"s\"}",
        "{\"scheme\":\"basic\",\"username\":\"a:b\",\"secret\":\"s\"}",
        "{\"scheme\":\"bearer\",\"secret\":\"s\",\"url\":\"http://est.example/\"}",
        "{\"scheme\":\"bearer\",\"secret\":\"s\",\"url\":\"https://user@est.example/\"}",
        "{\"scheme\":\"bearer\",\"secret\":\"s\",\"url\":5}",
        "{\"scheme\":\"bearer\",\"secret\":\"s\",\"label\":\"a/b\"}",
        "{\"scheme\":\"bearer\",\"secret\":\"s\",\"label\":\"..\"}",
        "{\"scheme\":\"bearer\",\"secret\":\"s\",\"label\":true}",
        "{\"scheme\":\"bearer\",\"secret\":\"s\",\"expires\":\"tomorrow\"}",
        "{\"scheme\":\"bearer\",\"secret\":\"s\",\"expires\":-1}",
        "{\"scheme\":\"bearer\",\"secret\":\"s\",\"expires\":253402300800}",
        "{\"scheme\":\"bearer\",\"secret\":\"s\",\"expires\":99999999999999999999999}",
        "[]",
    };
    char body[512];

    (void)state;
    for (size_t i = 0; i < ELEMENTS(enrollments); i++) {
        snprintf(body, sizeof(body), "{\"enrollment\":%s}", enrollments[i]);
        if (reason_of(sse_answer_activated, 201, body, 0) != REASON_UNEXPECTED_REPLY)
            fail_msg("taken: %s", enrollments[i]);
    }
    assert_int_equal(
        reason_of(sse_answer_activated, 201,
            "{\"enrollment\":{\"scheme\":\"bearer\",\"secret\":\"s\"},\"tenant\":{\"id\":\"i\"}}", 0),
        REASON_UNEXPECTED_REPLY);
}

static void test_status(void **state)
{
    (void)state;
    assert_string_equal(
        answer(sse_answer_status, 200,
            "{\"status\":\"Enrolled\",\"refreshInterval\":1200,\"tenant\":{\"id\":\"i\",\"name\":\"n\"}}", 0,
            NULL),
        "{\"status\":\"Enrolled\",\"refreshInterval\":1200,\"clockOffset\":0,\"tenant\":{\"id\":\"i\","
        "\"name\":\"n\"}}");
    assert_string_equal(answer(sse_answer_status, 200, "{\"status\":\"Enrolled\"}", -3, NULL),
        "{\"status\":\"Enrolled\",\"clockOffset\":-3}");
    assert_int_equal(reason_of(sse_answer_status, 200, "{\"status\":1}", 0), REASON_UNEXPECTED_REPLY);
    assert_int_equal(reason_of(sse_answer_status, 200, "{\"status\":\"E\",\"refreshInterval\":0}", 0),
        REASON_UNEXPECTED_REPLY);
    assert_int_equal(reason_of(sse_answer_status, 200, "{\"status\":\"E\",\"refreshInterval\":99999999}", 0),
        REASON_UNEXPECTED_REPLY);
    assert_int_equal(reason_of(sse_answer_status, 200, "{\"status\":\"E\",\"refreshInterval\":1.5}", 0),
        REASON_UNEXPECTED_REPLY);
}

static void test_messages(void **state)
{
    struct failure failure = FAILURE_INIT;
    char body[1024], message[600];

    (void)state;
    answer(sse_answer_activated, 403,
        "{\"error\":{\"code\":\"wrong_region\",\"message\":\"No.\",\"region\":\"AMERICAS\"}}", 0, &failure);
    assert_string_equal(json_get_string(failure.details, "region"), "AMERICAS");
    assert_string_equal(failure.message, "api.example:443 answered 403 wrong_region: No.");
    failure_done(&failure);

    memset(message, 'x', sizeof(message));
    message[sizeof(message) - 1] = 0;
    snprintf(body, sizeof(body), "{\"error\":{\"code\":\"x\",\"message\":\"\\u001b[31m%s\"}}", message);
    answer(sse_answer_status, 500, body, 0, &failure);
    assert_null(strchr(failure.message, 0x1b));
    assert_non_null(strstr(failure.message, "\\x1b[31mxxx"));
    assert_true(strlen(failure.message) < 260);

    answer(sse_answer_status, 200, "<html>secret</html>", 0, &failure);
    assert_string_equal(
        failure.message, "api.example:443 answered 200 with no status of the expected shape (Text/HTML).");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_captive_portal),
        cmocka_unit_test(test_probed),
        cmocka_unit_test(test_created_and_deleted),
        cmocka_unit_test(test_activated),
        cmocka_unit_test(test_bad_activations),
        cmocka_unit_test(test_status),
        cmocka_unit_test(test_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
