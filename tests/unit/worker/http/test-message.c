/* What failures take from a response. */
#include "worker/http/message.h"

#include "unit/helpers/test-certificates.h"

#include <errno.h>

static void test_clock(void **state)
{
    struct http_response response = { .clock_known = true };

    (void)state;
    for (int sign = -1; sign <= 1; sign += 2) {
        response.clock_offset = sign * HTTP_CLOCK_TOLERANCE;
        assert_false(http_clock_is_wrong(&response));
        response.clock_offset += sign;
        assert_true(http_clock_is_wrong(&response));
    }
    response.clock_known = false;
    assert_false(http_clock_is_wrong(&response));
}

static void test_note(void **state)
{
    const struct http_response response = {
        .status = 503, .retry_after = 7, .clock_known = true, .clock_offset = -9, .request_id = "id"
    };
    struct call_context context = { .failure = FAILURE_INIT };

    (void)state;
    http_note_response(&context, &response);
    assert_int_equal(context.failure.http_status, 503);
    assert_int_equal(context.failure.retry_after, 7);
    assert_true(context.failure.clock_known);
    assert_int_equal(context.failure.clock_offset, -9);
    assert_string_equal(context.failure.request_id, "id");
}

/* The content type in the message is printable, without parameters and without the call's secrets. */
static void test_unexpected(void **state)
{
    static const struct {
        const char *type, *shown;
    } cases[] = {
        { "text/html; charset=utf-8", "text/html" },
        { "text/html charset=utf-8", "text/html" },
        { "", "no content type" },
        { "; charset=utf-8", "no content type" },
        { "a\x1b[1m", "a\\x1b[1m" },
        { "x/hush-hush", "x/[secret]" },
    };
    const struct secrets secrets = { .texts = { "hush-hush" }, .n = 1 };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        struct call_context context = { .failure = { .secrets = &secrets } };
        struct http_response response = { .url = { .authority = "a.example:443" }, .status = 302 };
        char expected[128];

        strcpy(response.content_type, cases[i].type);
        snprintf(expected, sizeof(expected), "a.example:443 answered 302 with a page (%s).", cases[i].shown);
        assert_int_equal(http_fail_unexpected(&context, &response, "a page"), -EREMOTEIO);
        assert_int_equal(context.failure.reason, REASON_UNEXPECTED_REPLY);
        assert_string_equal(context.failure.message, expected);
    }
}

static void test_done(void **state)
{
    struct http_response response = { .body = strdup("body"), .size = 4, .redirect = strdup("https://a/") };

    (void)state;
    http_response_done(&response);
    assert_null(response.body);
    assert_null(response.redirect);
    assert_int_equal(response.size, 0);
    http_response_done(&response);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clock),
        cmocka_unit_test(test_note),
        cmocka_unit_test(test_unexpected),
        cmocka_unit_test(test_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
