#include "worker/sse/reply.h"

#include "common/limits.h"
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
        /* A rejected token counts more than a wrong clock. */
        { sse_answer_activated, 401, ERROR("token_used"), 9999, REASON_TOKEN_REJECTED },
        { sse_answer_activated, 401, ERROR("something_else"), 0, REASON_SERVER_ERROR },
        { sse_answer_activated, 401, ERROR("something_else"), 301, REASON_CLOCK_SKEW },
        { sse_answer_activated, 400, ERROR("token_invalid"), 0, REASON_UNEXPECTED_REPLY },
        { sse_answer_activated, 403, ERROR("wrong_region"), 0, REASON_WRONG_REGION },
        { sse_answer_activated, 409, ERROR("device_conflict"), 0, REASON_DEVICE_CONFLICT },
        { sse_answer_activated, 409, ERROR("other"), 0, REASON_UNEXPECTED_REPLY },
        { sse_answer_activated, 404, ERROR("not_found"), 0, REASON_UNEXPECTED_REPLY },
        /* Only an activation has a token. */
        { sse_answer_status, 401, ERROR("token_invalid"), 0, REASON_CERTIFICATE_REFUSED },
        { sse_answer_status, 401, ERROR("unauthorized"), 300, REASON_CERTIFICATE_REFUSED },
        { sse_answer_status, 403, ERROR("forbidden"), 0, REASON_CERTIFICATE_REFUSED },
        { sse_answer_deleted, 401, ERROR("unauthorized"), 0, REASON_CERTIFICATE_REFUSED },
        { sse_answer_created, 401, ERROR("unauthorized"), 0, REASON_SERVER_ERROR },
        { sse_answer_deleted, 400, "<center>The SSL certificate error</center>", 0,
            REASON_CERTIFICATE_REFUSED },
        { sse_answer_status, 400, "<center>No required SSL certificate was sent</center>", 0,
            REASON_CERTIFICATE_REFUSED },
        { sse_answer_status, 495, "<html>", 0, REASON_CERTIFICATE_REFUSED },
        { sse_answer_deleted, 496, "", 0, REASON_CERTIFICATE_REFUSED },
        { sse_answer_created, 496, "<html>", 0, REASON_UNEXPECTED_REPLY },
        { sse_answer_status, 400, "<center>The plain HTTP request was sent</center>", 0,
            REASON_UNEXPECTED_REPLY },
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
/* With any status, a body of another shape says nothing about tokens and devices. */
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

/* A refused certificate is one that did not come through, if the server is trusted as that of a proxy. */
static void test_intercepted(void **state)
{
    static const struct {
        long status;
        const char *body;
        enum reason reason;
    } cases[] = {
        { 401, ERROR("unauthorized"), REASON_TLS_INTERCEPTED },
        { 401, "<html>", REASON_TLS_INTERCEPTED },
        { 403, ERROR("forbidden"), REASON_TLS_INTERCEPTED },
        { 400, "<center>No required SSL certificate was sent</center>", REASON_TLS_INTERCEPTED },
        { 496, "", REASON_TLS_INTERCEPTED },
        { 404, ERROR("not_found"), REASON_REMOVED_IN_PORTAL },
        { 503, ERROR("x"), REASON_SERVER_ERROR },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        _cleanup_free_ char *copy = strdup(cases[i].body);
        struct call_context context = { .failure = FAILURE_INIT };
        const struct http_response response = {
            .url = { .authority = "api.example:443" },
            .status = cases[i].status,
            .body = copy,
            .size = strlen(copy),
            .intercepted = true,
        };
        json_object *reply = NULL;

        assert_int_equal(sse_answer_status(&context, &response, &reply), -EREMOTEIO);
        assert_int_equal(context.failure.reason, cases[i].reason);
        failure_done(&context.failure);
    }
}

/* Neither a web page nor an error ends a registration but by the codes of a refusal. */
static void test_every_status(void **state)
{
    static const reader readers[] = { sse_answer_created, sse_answer_activated, sse_answer_status,
        sse_answer_deleted };
    struct failure failure = FAILURE_INIT;

    (void)state;
    for (long status = 300; status < 600; status++)
        for (size_t i = 0; i < ELEMENTS(readers); i++) {
            enum reason reason = reason_of(readers[i], status, ERROR("other"), 0);

            assert_false(reason_is_permanent(reason) && reason != REASON_REMOVED_IN_PORTAL);
            assert_true((reason == REASON_REMOVED_IN_PORTAL) ==
                        (readers[i] == sse_answer_status && (status == 404 || status == 410)));
            assert_false(reason_is_permanent(reason_of(readers[i], status, "<html>", 0)));
        }
    assert_null(answer(sse_answer_activated, 431, "<html>", 0, &failure));
    assert_non_null(strstr(failure.message, "api.example:443 takes no header fields of this size: whoever"));
    assert_int_equal(reason_of(sse_answer_activated, 499, ERROR("x"), 0), REASON_SERVER_ERROR);
}

/* The service's own refusal of a request without a certificate. */
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

/* An activation with these members of its credential and these beside it. */
static void make_activation(char *out, size_t size, const char *enrollment, const char *beside)
{
    snprintf(out, size, "{\"enrollment\":%s%s}", enrollment, beside);
}

/* What is required must be right, and the message names it. */
static void test_required_members(void **state)
{
    static const struct {
        const char *enrollment, *member;
    } cases[] = {
        { "[]", "enrollment" },
        { "null", "enrollment" },
        { "\"x\"", "enrollment" },
        { "{\"secret\":\"s\"}", "enrollment.scheme" },
        { "{\"scheme\":null,\"secret\":\"s\"}", "enrollment.scheme" },
        { "{\"scheme\":\"\",\"secret\":\"s\"}", "enrollment.scheme" },
        { "{\"scheme\":1,\"secret\":\"s\"}", "enrollment.scheme" },
        { "{\"scheme\":\"digest\",\"secret\":\"s\"}", "enrollment.scheme" },
        { "{\"scheme\":\"bearer \",\"secret\":\"s\"}", "enrollment.scheme" },
        { "{\"scheme\":\"bearer\"}", "enrollment.secret" },
        { "{\"scheme\":\"bearer\",\"secret\":null}", "enrollment.secret" },
        { "{\"scheme\":\"bearer\",\"secret\":\"\"}", "enrollment.secret" },
        { "{\"scheme\":\"bearer\",\"secret\":7}", "enrollment.secret" },
        { "{\"scheme\":\"bearer\",\"secret\":\"a\\r\\nX-Evil: 1\"}", "enrollment.secret" },
        { "{\"scheme\":\"basic\",\"secret\":\"s\"}", "enrollment.username" },
        { "{\"scheme\":\"basic\",\"username\":\"\",\"secret\":\"s\"}", "enrollment.username" },
        { "{\"scheme\":\"basic\",\"username\":\"a:b\",\"secret\":\"s\"}", "enrollment.username" },
    };
    struct failure failure = FAILURE_INIT;
    char body[8192], named[64], secret[LIMIT_SECRET + 2];

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        make_activation(body, sizeof(body), cases[i].enrollment, "");
        assert_null(answer(sse_answer_activated, 201, body, 0, &failure));
        assert_int_equal(failure.reason, REASON_UNEXPECTED_REPLY);
        snprintf(named, sizeof(named), "\"%s\"", cases[i].member);
        if (!strstr(failure.message, named))
            fail_msg("%s: %s", cases[i].enrollment, failure.message);
    }
    for (size_t length = LIMIT_SECRET; length <= LIMIT_SECRET + 1; length++) {
        memset(secret, 'x', length);
        secret[length] = 0;
        snprintf(body, sizeof(body), "{\"enrollment\":{\"scheme\":\"bearer\",\"secret\":\"%s\"}}", secret);
        assert_int_equal(reason_of(sse_answer_activated, 201, body, 0),
            length > LIMIT_SECRET ? REASON_UNEXPECTED_REPLY : REASON_NONE);
    }
    static const char *const statuses[] = { "{}", "{\"status\":null}", "{\"status\":\"\"}", "{\"status\":1}",
        "{\"status\":true}", "{\"status\":[\"Enrolled\"]}", "{\"status\":\"a\\nb\"}" };
    for (size_t i = 0; i < ELEMENTS(statuses); i++) {
        assert_null(answer(sse_answer_status, 200, statuses[i], 0, &failure));
        assert_string_equal(failure.message,
            "api.example:443 answered 200 with JSON without a usable \"status\" (Text/HTML).");
    }
}

#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X128 X64 X64
#define X256 X128 X128
#define X1024 X256 X256 X256 X256

/* What is optional and can't be used is left out; each spelling of a value that can be used gives the same. */
static void test_optional_members(void **state)
{
    static const struct {
        const char *members, *beside;
        const char *reply; /* behind the secret; NULL: nothing */
    } cases[] = {
        { ",\"expires\":1900000000", "", ",\"expires\":1900000000" },
        { ",\"expires\":\"1900000000\"", "", ",\"expires\":1900000000" },
        { ",\"expires\":\"1900000000.0\"", "", ",\"expires\":1900000000" },
        { ",\"expires\":1900000000.0", "", ",\"expires\":1900000000" },
        { ",\"expires\":1.9e9", "", ",\"expires\":1900000000" },
        { ",\"expires\":\"1.9e9\"", "", ",\"expires\":1900000000" },
        { ",\"expires\":0", "", ",\"expires\":0" },
        { ",\"expires\":253402300799", "", ",\"expires\":253402300799" },
        { ",\"expires\":253402300800", "", NULL },
        { ",\"expires\":1900000000000", "", NULL },
        { ",\"expires\":1900000000.5", "", NULL },
        { ",\"expires\":-1", "", NULL },
        { ",\"expires\":1e400", "", NULL },
        { ",\"expires\":99999999999999999999999", "", NULL },
        { ",\"expires\":\"tomorrow\"", "", NULL },
        { ",\"expires\":\"0x10\"", "", NULL },
        { ",\"expires\":\" 10\"", "", NULL },
        { ",\"expires\":\"nan\"", "", NULL },
        { ",\"expires\":\"\"", "", NULL },
        { ",\"expires\":null", "", NULL },
        { ",\"expires\":true", "", NULL },
        { ",\"expires\":[1]", "", NULL },
        { ",\"url\":\"\"", "", NULL },
        { ",\"url\":null", "", NULL },
        { ",\"url\":5", "", NULL },
        { ",\"url\":\"http://est.example/\"", "", NULL },
        { ",\"url\":\"https://user@est.example/\"", "", NULL },
        { ",\"url\":\"est.example\"", "", NULL },
        { ",\"url\":\"https://" X1024 X1024 "\"", "", NULL },
        { ",\"url\":\"https://e.example/" X1024 X256 X256 X256 X128 X64 "\",\"label\":\"" X128 "\"", "",
            NULL },
        { ",\"label\":\"\"", "", NULL },
        { ",\"label\":null", "", NULL },
        { ",\"label\":true", "", NULL },
        { ",\"label\":\"a/b\"", "", NULL },
        { ",\"label\":\"..\"", "", NULL },
        { ",\"label\":\"" X128 "x\"", "", NULL },
        { ",\"username\":null", "", NULL },
        { ",\"username\":\"a:b\"", "", NULL },
        { ",\"username\":7", "", NULL },
        { "", ",\"tenant\":null", NULL },
        { "", ",\"tenant\":{}", NULL },
        { "", ",\"tenant\":[]", NULL },
        { "", ",\"tenant\":\"x\"", NULL },
        { "", ",\"tenant\":{\"id\":\"i\"}", NULL },
        { "", ",\"tenant\":{\"id\":\"\",\"name\":\"n\"}", NULL },
        { "", ",\"tenant\":{\"id\":1,\"name\":\"n\"}", NULL },
        { "", ",\"tenant\":{\"id\":\"i\",\"name\":\"" X256 "x\"}", NULL },
        { "", ",\"tenant\":{\"id\":\"i\",\"name\":\"a\\nb\"}", NULL },
    };
    char body[8192], enrollment[4096], wanted[512];

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        snprintf(
            enrollment, sizeof(enrollment), "{\"scheme\":\"Bearer\",\"secret\":\"s\"%s}", cases[i].members);
        make_activation(body, sizeof(body), enrollment, cases[i].beside);
        snprintf(wanted, sizeof(wanted), "{\"scheme\":\"bearer\",\"secret\":\"s\"%s}",
            cases[i].reply ? cases[i].reply : "");
        const char *text = answer(sse_answer_activated, 201, body, 0, NULL);
        if (!text)
            fail_msg("refused: %.300s", body);
        /* An unusable URL takes a label that can be used with another URL not with it. */
        _cleanup_json_ json_object *reply = NULL;
        assert_int_equal(json_parse(text, strlen(text), &reply), 0);
        json_object *got = json_get_object(reply, "enrollment");
        json_object_object_del(got, strstr(cases[i].members, "url") ? "label" : "");
        assert_string_equal(json_text(got, NULL), wanted);
        assert_null(json_object_object_get(reply, "tenant"));
    }
}

static void test_byte_order_mark(void **state)
{
    (void)state;
    assert_string_equal(answer(sse_answer_created, 201, "\xef\xbb\xbf{}", 0, NULL), "{\"created\":true}");
    assert_string_equal(answer(sse_answer_status, 200, "\xef\xbb\xbf{\"status\":\"E\"}\r\n", 0, NULL),
        "{\"status\":\"E\",\"clockOffset\":0}");
    assert_int_equal(
        reason_of(sse_answer_activated, 403, "\xef\xbb\xbf" ERROR("token_used"), 0), REASON_TOKEN_REJECTED);
    assert_int_equal(reason_of(sse_answer_created, 201, "\xef\xbb\xbf", 0), REASON_UNEXPECTED_REPLY);
}

static void test_status(void **state)
{
    static const struct {
        const char *members;
        int64_t interval; /* 0: left out */
    } cases[] = {
        { "1200", 1200 },
        { "\"1200\"", 1200 },
        { "1200.0", 1200 },
        { "1.2e3", 1200 },
        { "1", 1 },
        { "2592000", 2592000 },
        { "2592001", 0 },
        { "0", 0 },
        { "-1", 0 },
        { "1.5", 0 },
        { "\"soon\"", 0 },
        { "\"\"", 0 },
        { "null", 0 },
        { "false", 0 },
        { "{}", 0 },
        { "99999999999999999999", 0 },
    };
    char body[256], wanted[128];

    (void)state;
    assert_string_equal(
        answer(sse_answer_status, 200,
            "{\"status\":\"Enrolled\",\"refreshInterval\":1200,\"tenant\":{\"id\":\"i\",\"name\":\"n\"}}", 0,
            NULL),
        "{\"status\":\"Enrolled\",\"refreshInterval\":1200,\"clockOffset\":0,\"tenant\":{\"id\":\"i\","
        "\"name\":\"n\"}}");
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        snprintf(body, sizeof(body), "{\"status\":\"E\",\"refreshInterval\":%s,\"tenant\":null}",
            cases[i].members);
        if (cases[i].interval)
            snprintf(wanted, sizeof(wanted), "{\"status\":\"E\",\"refreshInterval\":%d,\"clockOffset\":-3}",
                (int)cases[i].interval);
        else
            snprintf(wanted, sizeof(wanted), "{\"status\":\"E\",\"clockOffset\":-3}");
        const char *text = answer(sse_answer_status, 200, body, -3, NULL);
        if (!text || !streq(text, wanted))
            fail_msg("%s gives %s", body, text ? text : "a failure");
    }
}

/* json-c takes hundreds of bytes for each value of an answer that fits its limit. */
static void test_too_many_values(void **state)
{
    char body[8192] = "{\"status\":\"E\",\"x\":[0";

    (void)state;
    for (int i = 0; i < 2000; i++)
        strcat(body, ",0");
    strcat(body, "]}");
    assert_int_equal(reason_of(sse_answer_status, 200, body, 0), REASON_UNEXPECTED_REPLY);
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
        failure.message, "api.example:443 answered 200 with something that is no JSON object (Text/HTML).");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_captive_portal),
        cmocka_unit_test(test_every_status),
        cmocka_unit_test(test_intercepted),
        cmocka_unit_test(test_probed),
        cmocka_unit_test(test_created_and_deleted),
        cmocka_unit_test(test_activated),
        cmocka_unit_test(test_required_members),
        cmocka_unit_test(test_optional_members),
        cmocka_unit_test(test_byte_order_mark),
        cmocka_unit_test(test_too_many_values),
        cmocka_unit_test(test_status),
        cmocka_unit_test(test_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
