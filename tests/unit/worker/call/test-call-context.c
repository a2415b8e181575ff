#include "worker/call/call-context.h"

#include "unit/helpers/test-certificates.h"

#include <errno.h>

static json_object *parse(const char *text)
{
    json_object *object = NULL;

    assert_int_equal(json_parse(text, strlen(text), &object), 0);
    return object;
}

/* Network and secrets are read, and the failure masks the secrets. */
static void test_open(void **state)
{
    _cleanup_json_ json_object *parameters =
        parse("{\"token\":\"hush-hush\",\"network\":{\"caFile\":\"/f\",\"noProxy\":[\"a\"],\"timeout\":6}}");
    struct http *http = (struct http *)&parameters;
    struct call_context context;

    (void)state;
    assert_int_equal(call_context_open(&context, http, parameters), 0);
    assert_ptr_equal(context.http, http);
    assert_string_equal(context.network.ca_file, "/f");
    assert_false(network_uses_proxy(&context.network, "a", 443));
    assert_int_equal(context.network.timeout_ms, 6);
    assert_int_equal(context.failure.retry_after, -1);
    assert_null(context.invalid);
    assert_int_equal(failure_set(&context.failure, REASON_SERVER_ERROR, "of hush-hush"), -EREMOTEIO);
    assert_string_equal(context.failure.message, "of [secret]");
    assert_int_equal(failure_add_detail(&context.failure, "region", "x"), 0);
    call_context_close(&context);
    assert_null(context.failure.details);
    assert_null(context.network.no_proxy);
    assert_int_equal(context.secrets.n, 0);
}

static void test_invalid(void **state)
{
    _cleanup_json_ json_object *parameters = parse("{\"network\":{\"timeout\":6}}");
    struct call_context context;

    (void)state;
    assert_int_equal(call_context_open(&context, NULL, parameters), -EINVAL);
    assert_string_equal(context.invalid, "network.caBundle");
    call_context_close(&context);

    assert_int_equal(call_refuse_parameter(&context, "url"), -EINVAL);
    assert_string_equal(context.invalid, "url");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_open),
        cmocka_unit_test(test_invalid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
