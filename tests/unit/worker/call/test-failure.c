#include "worker/call/failure.h"

#include "unit/helpers/test-certificates.h"

#include <errno.h>

static void test_reply(void **state)
{
    struct failure failure = FAILURE_INIT;
    _cleanup_json_ json_object *least = NULL, *all = NULL;

    (void)state;
    assert_int_equal(failure_set(&failure, REASON_DNS_FAILED, "%s!", "No"), -EREMOTEIO);
    least = failure_reply(&failure);
    assert_string_equal(json_text(least, NULL),
        "{\"error\":\"org.threatresponse.worker.Failed\",\"parameters\":{\"reason\":"
        "\"dns_failed\",\"message\":\"No!\"}}");

    failure.http_status = 403;
    strcpy(failure.request_id, "id");
    failure.retry_after = 0;
    failure.clock_known = true;
    failure.clock_offset = -3;
    assert_int_equal(failure_add_detail(&failure, "region", "EUROPE"), 0);
    all = failure_reply(&failure);
    assert_string_equal(json_text(all, NULL), "{\"error\":\"org.threatresponse.worker.Failed\","
                                              "\"parameters\":{\"reason\":\"dns_failed\",\"message\":\"No!\","
                                              "\"httpStatus\":403,\"requestId\":\"id\",\"retryAfter\":0,"
                                              "\"clockOffset\":-3,\"region\":\"EUROPE\"}}");
    failure_done(&failure);
}

/* A reset forgets everything but the secrets. */
static void test_reset(void **state)
{
    const struct secrets secrets = { .texts = { "hush-hush" }, .n = 1 };
    struct failure failure = FAILURE_INIT;
    _cleanup_json_ json_object *reply = NULL;

    (void)state;
    failure.secrets = &secrets;
    failure.http_status = 500;
    assert_int_equal(failure_add_detail(&failure, "region", "EUROPE"), 0);
    failure_reset(&failure);
    assert_int_equal(failure_set(&failure, REASON_DNS_FAILED, "hush-hush"), -EREMOTEIO);
    reply = failure_reply(&failure);
    assert_string_equal(json_text(reply, NULL),
        "{\"error\":\"org.threatresponse.worker.Failed\",\"parameters\":{\"reason\":"
        "\"dns_failed\",\"message\":\"[secret]\"}}");
    failure_done(&failure);
}

/* A detail is foreign text, too. */
static void test_detail(void **state)
{
    const struct secrets secrets = { .texts = { "hush-hush" }, .n = 1 };
    struct failure failure = FAILURE_INIT;
    char text[100];

    (void)state;
    failure.secrets = &secrets;
    assert_int_equal(failure_add_detail(&failure, "region", "it is hush-hush\n"), 0);
    assert_string_equal(json_get_string(failure.details, "region"), "it is [secret]\\x0a");
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = 0;
    assert_int_equal(failure_add_detail(&failure, "long", text), 0);
    assert_int_equal(strlen(json_get_string(failure.details, "long")), 63);
    failure_done(&failure);
}

/* A message that is cut stays UTF-8. */
static void test_cut(void **state)
{
    struct failure failure = FAILURE_INIT;
    char text[1200];

    (void)state;
    for (int shift = 0; shift < 4; shift++) {
        memset(text, 'x', (size_t)shift);
        for (size_t i = (size_t)shift; i + 3 < sizeof(text); i += 3)
            memcpy(text + i, "\xe2\x82\xac", 4);
        failure_set(&failure, REASON_SERVER_ERROR, "%s", text);
        size_t length = strlen(failure.message);
        assert_true(length > sizeof(failure.message) - 8);
        assert_int_equal((length - (size_t)shift) % 3, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reply),
        cmocka_unit_test(test_reset),
        cmocka_unit_test(test_detail),
        cmocka_unit_test(test_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
