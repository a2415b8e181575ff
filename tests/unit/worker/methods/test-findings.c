/* Checks of hosts that fail. test-check.c and tests/system/test_check.py have those with a server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "unit/helpers/dead-port.h"
#include "worker/methods/findings.h"

/* The findings, a word for each step. */
struct told {
    char steps[256], message[512];
    int result; /* of the teller */
};

static int tell(void *userdata, const struct check_finding *finding)
{
    struct told *told = userdata;
    size_t used = strlen(told->steps);

    snprintf(told->steps + used, sizeof(told->steps) - used, "%s%s:%s:%s%s", used ? " " : "",
        check_service_names[finding->service], check_step_names[finding->step],
        finding->reason ? reason_to_string(finding->reason) : "ok", finding->last ? ":last" : "");
    snprintf(told->message, sizeof(told->message), "%s", finding->message);
    assert_null(finding->peer);
    return told->result;
}

static struct call_context new_context(void)
{
    struct call_context context = { .http = http_new(-1), .failure = FAILURE_INIT };

    context.network.ca_bundle = "/etc/ssl/certs/ca-certificates.crt";
    context.network.connect_timeout_ms = context.network.timeout_ms = 10000;
    return context;
}

static void test_refused(void **state)
{
    struct call_context context = new_context();
    struct told told = { .result = 0 };
    char url[64];

    (void)state;
    snprintf(url, sizeof(url), "https://127.0.0.1:%d/x", dead_port());
    assert_int_equal(check_sse(&context, url, tell, &told), 0);
    assert_string_equal(told.steps, "sse:resolve:ok sse:connect:connect_refused:last");
    assert_non_null(strstr(told.message, "refused the connection"));

    /* An EST server, checked on the same connections. */
    const struct est est = { .url = url };
    told = (struct told){ .result = 0 };
    assert_int_equal(check_est(&context, &est, tell, &told), 0);
    assert_string_equal(told.steps, "est:resolve:ok est:connect:connect_refused:last");
    http_free(context.http);
}

static void test_no_name(void **state)
{
    struct call_context context = new_context();
    struct told told = { .result = 0 };

    (void)state;
    assert_int_equal(check_sse(&context, "https://nowhere.invalid/", tell, &told), 0);
    assert_string_equal(told.steps, "sse:resolve:dns_failed:last");
    http_free(context.http);
}

static void test_dead_proxy(void **state)
{
    struct call_context context = new_context();
    struct told told = { .result = 0 };
    char proxy[64];

    (void)state;
    snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%d", dead_port());
    context.network.proxy = proxy;
    assert_int_equal(check_sse(&context, "https://nowhere.invalid/", tell, &told), 0);
    /* The proxy resolves the name of the host. */
    assert_string_equal(told.steps, "sse:resolve:ok sse:connect:proxy_failed:last");
    http_free(context.http);
}

static void test_bad_url(void **state)
{
    struct call_context context = new_context();
    struct told told = { .result = 0 };
    const struct est est = { .url = "http://x/" };

    (void)state;
    assert_int_equal(check_sse(&context, "http://x/", tell, &told), -EINVAL);
    assert_string_equal(context.invalid, "sse");
    assert_int_equal(check_est(&context, &est, tell, &told), -EINVAL);
    assert_string_equal(context.invalid, "est.url");
    assert_string_equal(told.steps, "");
    http_free(context.http);
}

/* A failed report ends the check. */
static void test_teller_fails(void **state)
{
    struct call_context context = new_context();
    struct told told = { .result = -EPIPE };
    char url[64];

    (void)state;
    snprintf(url, sizeof(url), "https://127.0.0.1:%d/x", dead_port());
    assert_int_equal(check_sse(&context, url, tell, &told), -EPIPE);
    assert_string_equal(told.steps, "sse:resolve:ok");
    http_free(context.http);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_no_name),
        cmocka_unit_test(test_dead_proxy),
        cmocka_unit_test(test_bad_url),
        cmocka_unit_test(test_teller_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
