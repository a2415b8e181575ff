/* What a client remembers of a stream, and the pauses between its attempts to connect. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "client/resumption.h"

static struct tr_client client;

static int set_up(void **state)
{
    (void)state;
    client = (struct tr_client){ .fd = -1, .reconnects = true, .path = (char *)(uintptr_t) "/p" };
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    client_resumption_end(&client);
    return 0;
}

static void test_begin(void **state)
{
    (void)state;
    assert_int_equal(client_resumption_begin(&client, "a.b.C", "{}"), 0);
    assert_string_equal(client.resumption.method, "a.b.C");
    assert_string_equal(client.resumption.parameters, "{}");
    assert_int_equal(client_resumption_begin(&client, "D", NULL), 0);
    assert_string_equal(client.resumption.method, "D");
    assert_null(client.resumption.parameters);
    client_resumption_end(&client);
    assert_null(client.resumption.method);
}

/* A client remembers nothing without tr_client_set_reconnect(), nor without a path. */
static void test_without(void **state)
{
    (void)state;
    client.reconnects = false;
    assert_int_equal(client_resumption_begin(&client, "A", NULL), 0);
    assert_null(client.resumption.method);
    assert_int_equal(client_resumption_lose(&client), 0);

    client.reconnects = true;
    client.path = NULL;
    assert_int_equal(client_resumption_begin(&client, "A", NULL), 0);
    assert_null(client.resumption.method);
}

/* The user learns only of the loss of a connection that had answered. A stream that has never answered ends. */
static void test_lose(void **state)
{
    (void)state;
    assert_int_equal(client_resumption_begin(&client, "A", NULL), 0);
    assert_int_equal(client_resumption_lose(&client), 0);
    assert_false(client.resumption.lost);

    client.resumption.answered = true;
    client.streaming = true;
    assert_int_equal(client_resumption_lose(&client), TR_STREAM_LOST);
    assert_true(client.resumption.lost);
    assert_false(client.streaming);
    assert_false(client.resumption.answered);
    assert_int_equal(client_resumption_lose(&client), -EAGAIN);
}

/* The pause doubles up to a second, and begins anew after an answer. */
static void test_pause(void **state)
{
    static const int pauses[] = { 20, 40, 80, 160, 320, 640, 1000, 1000 };

    (void)state;
    assert_int_equal(client_resumption_begin(&client, "A", NULL), 0);
    for (size_t i = 0; i < ELEMENTS(pauses); i++) {
        int64_t before = client_now();

        client_resumption_delay(&client);
        assert_int_equal(client.resumption.pause_ms, pauses[i]);
        assert_in_range(client.resumption.retry, before + pauses[i], client_now() + pauses[i]);
    }
    client.resumption.answered = true;
    assert_int_equal(client_resumption_lose(&client), TR_STREAM_LOST);
    assert_int_equal(client.resumption.pause_ms, 20);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_begin),
        TEST(test_without),
        TEST(test_lose),
        TEST(test_pause),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
