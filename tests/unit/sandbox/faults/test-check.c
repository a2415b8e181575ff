/* Which faults can be set, and on which endpoints. */
#include "sandbox/faults/check.h"

#include "unit/helpers/sandbox/faults.h"

#include <errno.h>
#include <string.h>

static void test_endpoints(void **state)
{
    (void)state;
    for (size_t i = 0; fault_endpoint_at(i); i++)
        assert_int_not_equal(fault_places(fault_endpoint_at(i)), 0);
    assert_int_equal(fault_places("all"), PLACE_HTTP);
    assert_int_equal(fault_places("simpleenroll"), PLACE_HTTP | PLACE_EST);
    assert_int_equal(fault_places("tls"), PLACE_TLS);
    assert_int_equal(fault_places("tls:est.sco.cisco.com"), PLACE_TLS);
    assert_int_equal(fault_places("tls:example.com"), 0);
    assert_int_equal(fault_places("nothing"), 0);
    assert_null(fault_endpoint_at(1000));
}

static void test_numbers(void **state)
{
    (void)state;
    assert_int_equal(check_fault("all", "status", "200"), 0);
    assert_int_equal(check_fault("all", "status", "599"), 0);
    assert_int_equal(check_fault("all", "status", "199"), -EINVAL);
    assert_int_equal(check_fault("all", "status", "600"), -EINVAL);
    assert_int_equal(check_fault("all", "status", "4 9"), -EINVAL);
    assert_int_equal(check_fault("all", "status", "404.0"), -EINVAL);
    assert_int_equal(check_fault("all", "status", ""), -EINVAL);
    assert_int_equal(check_fault("all", "delay", "0.25"), 0);
    assert_int_equal(check_fault("all", "delay", "86400"), 0);
    assert_int_equal(check_fault("all", "delay", "86401"), -EINVAL);
    assert_int_equal(check_fault("all", "delay", "-1"), -EINVAL);
    assert_int_equal(check_fault("all", "delay", "1.2.3"), -EINVAL);
    assert_int_equal(check_fault("all", "clock", "-86400"), 0);
    assert_int_equal(check_fault("all", "clock", "+5"), 0);
    assert_int_equal(check_fault("all", "clock", "5"), 0);
    assert_int_equal(check_fault("all", "clock", "+-5"), -EINVAL);
    assert_int_equal(check_fault("all", "clock", "-"), -EINVAL);
}

static void test_texts(void **state)
{
    (void)state;
    assert_int_equal(check_fault("all", "status", NULL), -EINVAL);
    assert_int_equal(check_fault("all", "drop", NULL), 0);
    assert_int_equal(check_fault("all", "drop", "1"), -EINVAL);
    assert_int_equal(check_fault("all", "content-type", "text/html; x=y"), 0);
    assert_int_equal(check_fault("all", "content-type", "text/html\r\nX: y"), -EINVAL);
    assert_int_equal(check_fault("all", "content-type", "\xc3\xa4"), -EINVAL);
    assert_int_equal(check_fault("all", "content-type", ""), -EINVAL);
}

static void test_words(void **state)
{
    (void)state;
    assert_int_equal(check_fault("est", "headers", "created"), 0);
    assert_int_equal(check_fault("est", "headers", "created,chunked"), 0);
    assert_int_equal(check_fault("est", "headers", ""), -EINVAL);
    assert_int_equal(check_fault("est", "headers", "created,"), -EINVAL);
    assert_int_equal(check_fault("est", "headers", "create"), -EINVAL);
    assert_int_equal(
        check_fault("est", "headers", "created,created,created,created,created,created,created,created"), 0);
    assert_int_equal(check_fault("est", "headers",
                         "created,created,created,created,created,created,created,created,created"),
        -EINVAL);
    assert_int_equal(check_fault("est", "encoding", "pem"), 0);
    assert_int_equal(check_fault("est", "encoding", "pem,der"), -EINVAL);
    assert_int_equal(check_fault("est", "encoding", NULL), -EINVAL);
    assert_int_equal(check_fault("tls", "certificate", "expired"), 0);
    assert_int_equal(check_fault("tls", "certificate", "old"), -EINVAL);
}

static void test_places(void **state)
{
    (void)state;
    assert_int_equal(check_fault("serverkeygen", "issue", "ca"), 0);
    assert_int_equal(check_fault("contexts", "issue", "ca"), -EINVAL);
    assert_int_equal(check_fault("all", "issue", "ca"), -EINVAL);
    assert_int_equal(check_fault("tls", "issue", "ca"), -EINVAL);
    assert_int_equal(check_fault("tls:est.sco.cisco.com", "client", "single"), 0);
    assert_int_equal(check_fault("est", "client", "single"), -EINVAL);
    assert_int_equal(check_fault("all", "certificate", "expired"), -EINVAL);
    assert_int_equal(check_fault("tls", "html", NULL), -EINVAL);
    assert_int_equal(check_fault("est", "delay", "1"), 0);
    assert_int_equal(check_fault("tls", "delay", "1"), 0);
}

static const char *refusal(const char *endpoint, const char *kind, const char *value)
{
    struct fault fault = { .kind = fault_kind_find(kind), .endpoint = endpoint, .value = value };
    const char *problem = "";

    (void)fault_check(&fault, &problem);
    return problem;
}

static void test_refusals_of_places(void **state)
{
    (void)state;
    assert_string_equal(refusal("est", "client", "single"), "this kind of fault can be set on tls only");
    assert_string_equal(refusal("all", "issue", "ca"), "this kind of fault can be set on calls of EST only");
    assert_string_equal(refusal("tls", "issue", "ca"), "this kind of fault cannot be set on tls");
}

static const char *check_extras(
    const char *kind, const char *value, const char *retry_after, const char *code)
{
    struct fault fault = {
        .kind = fault_kind_find(kind),
        .endpoint = "all",
        .value = value,
        .retry_after = retry_after,
        .code = code,
    };
    const char *problem = NULL;

    return fault_check(&fault, &problem) < 0 ? problem : "";
}

static void test_extras(void **state)
{
    (void)state;
    assert_string_equal(check_extras("status", "503", "7", "busy"), "");
    assert_string_equal(check_extras("echo", "503", "7", NULL), "");
    assert_string_equal(
        check_extras("drop", NULL, "7", NULL), "--retry-after and --code go with status and echo only");
    assert_string_equal(
        check_extras("delay", "1", NULL, "busy"), "--retry-after and --code go with status and echo only");
    assert_string_equal(
        check_extras("status", "503", "7\n", NULL), "--retry-after and --code must be printable ASCII text");
    assert_string_equal(check_extras("status", "503", NULL, "b\x01"),
        "--retry-after and --code must be printable ASCII text");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_endpoints),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_refusals_of_places),
        cmocka_unit_test(test_extras),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
