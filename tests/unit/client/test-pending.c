/* The list of the calls under way: each ends exactly once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>

#include "client/pending.h"

static struct tr_client client;
static char ends[256]; /* "name=result:reply or code;" of each end, in order */

static int set_up(void **state)
{
    (void)state;
    client = (struct tr_client){ .fd = -1 };
    ends[0] = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return client.calls ? -1 : 0;
}

static void on_end(void *userdata, int result, const char *reply, const struct tr_error *error)
{
    size_t used = strlen(ends);

    assert_true(!reply != !error);
    snprintf(ends + used, sizeof(ends) - used, "%s=%d:%s;", (const char *)userdata, result,
        reply ? reply : error->code);
}

static void add(const char *name, int64_t due, tr_callback callback)
{
    struct client_call *call = client_call_new(due, callback, (void *)(uintptr_t)name);

    assert_non_null(call);
    client_add_call(&client, call);
}

/* The oldest call takes the next answer. */
static void test_order(void **state)
{
    const struct tr_error error = { .code = "x.y.Z" };

    (void)state;
    add("a", -1, on_end);
    add("b", -1, on_end);
    client_end_call(&client, 0, "{}", NULL);
    add("c", -1, on_end);
    client_end_call(&client, -EREMOTEIO, NULL, &error);
    client_end_call(&client, 0, "{\"n\":1}", NULL);
    assert_null(client.calls);
    assert_string_equal(ends, "a=0:{};b=-121:x.y.Z;c=0:{\"n\":1};");
}

static void test_due(void **state)
{
    (void)state;
    assert_int_equal(client_calls_due(&client), -1);
    add("a", -1, on_end);
    assert_int_equal(client_calls_due(&client), -1);
    add("b", 70, on_end);
    add("c", 50, on_end);
    add("d", 60, on_end);
    assert_int_equal(client_calls_due(&client), 50);
    assert_int_equal(client_fail_calls(&client, -ETIMEDOUT), 4);
}

static void on_end_again(void *userdata, int result, const char *reply, const struct tr_error *error)
{
    on_end(userdata, result, reply, error);
    add("again", 9, on_end);
}

/* All calls end with the same failure, except one that a callback starts. */
static void test_fail(void **state)
{
    (void)state;
    assert_int_equal(client_fail_calls(&client, -EPIPE), 0);
    add("a", -1, on_end_again);
    add("b", -1, on_end);
    assert_int_equal(client_fail_calls(&client, -EPIPE), 2);
    assert_string_equal(ends, "a=-104:closed;b=-104:closed;");
    assert_int_equal(client_calls_due(&client), 9);
    client_end_call(&client, 0, "{}", NULL);
    assert_string_equal(ends, "a=-104:closed;b=-104:closed;again=0:{};");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_order),
        TEST(test_due),
        TEST(test_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
