/* The reply to a call by the result of its step. */
#include "worker/methods/run.h"

#include "unit/helpers/test-certificates.h"

#include <errno.h>

static struct http *const http = (struct http *)(uintptr_t)1;
static int result;
static const char *invalid;

static int step(struct call_context *context, json_object *in, json_object **ret)
{
    assert_ptr_equal(context->http, http);
    assert_string_equal(context->network.ca_file, "/f");
    assert_string_equal(json_get_string(in, "token"), "hush-hush");
    context->invalid = invalid;
    if (result == -EREMOTEIO)
        return failure_set(&context->failure, REASON_DNS_FAILED, "No hush-hush.");
    if (result == 0)
        *ret = json_object_new_object();
    return result;
}

static int run(const char *text, json_object **ret_reply)
{
    struct varlink_call call = { .method = "a.b.C" };

    assert_int_equal(json_parse(text, strlen(text), &call.parameters), 0);
    call.message = call.parameters;
    int r = method_run(http, &call, step, ret_reply);
    varlink_call_done(&call);
    return r;
}

#define CALL "{\"token\":\"hush-hush\",\"network\":{\"caFile\":\"/f\",\"timeout\":1}}"

static void expect_reply(const char *text, const char *reply)
{
    _cleanup_json_ json_object *message = NULL;

    assert_int_equal(run(text, &message), 0);
    assert_string_equal(json_text(message, NULL), reply);
}

static void test_replies(void **state)
{
    (void)state;
    invalid = NULL;
    result = 0;
    expect_reply(CALL, "{\"parameters\":{}}");
    result = -EREMOTEIO;
    expect_reply(CALL, "{\"error\":\"org.threatresponse.worker.Failed\",\"parameters\":"
                       "{\"reason\":\"dns_failed\",\"message\":\"No [secret].\"}}");
    result = -EINVAL;
    invalid = "est.url";
    expect_reply(CALL,
        "{\"error\":\"org.varlink.service.InvalidParameter\",\"parameters\":{\"parameter\":\"est.url\"}}");
}

/* With a bad network the step does not run. */
static void test_bad_network(void **state)
{
    (void)state;
    result = 0;
    expect_reply("{\"network\":{\"timeout\":1}}", "{\"error\":\"org.varlink.service.InvalidParameter\","
                                                  "\"parameters\":{\"parameter\":\"network.caBundle\"}}");
}

/* Any other result ends the worker, and so does -EINVAL without a parameter. */
static void test_broken(void **state)
{
    static const int results[] = { -EIO, -ENOMEM, -EINVAL, -EPIPE };

    (void)state;
    invalid = NULL;
    for (size_t i = 0; i < ELEMENTS(results); i++) {
        json_object *message = NULL;

        result = results[i];
        assert_int_equal(run(CALL, &message), results[i]);
        assert_null(message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replies),
        cmocka_unit_test(test_bad_network),
        cmocka_unit_test(test_broken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
