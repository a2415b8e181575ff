/* Calls on a connection: their order, their limits, and how a connection ends. Roles are in test-connection-role.c. */
#include "unit/helpers/daemon/echo-service.h"

static void test_pipelined_calls(void **state)
{
    struct echo_service *s = *state;
    struct client client;
    char text[40 * 16] = "", expected[64];
    size_t size = 0;

    for (int i = 0; i < 40; i++)
        size += (size_t)snprintf(text + size, sizeof(text) - size, "echo:%d", i) + 1;
    client_connect(&client, &s->f);
    client_send(&client, text, size);
    for (int i = 0; i < 40; i++) {
        snprintf(expected, sizeof(expected), "{\"echo\":\"%d\"}", i);
        client_check_next(&client, expected);
    }
    assert_int_equal(s->calls, 40);
    client_check_silence(&client);
    client_close(&client);
    assert_int_equal(s->server.places.n, 0);
}

/* A client that sends calls without end does not keep the others waiting. */
static void test_turns(void **state)
{
    struct echo_service *s = *state;
    struct client greedy, other;
    char text[100 * 7];

    for (int i = 0; i < 100; i++)
        memcpy(text + i * 7, "echo:x", 7);
    client_connect(&greedy, &s->f);
    client_connect(&other, &s->f);
    WAIT_FOR(s, s->server.places.n == 2);
    client_send(&greedy, text, sizeof(text));
    client_call(&other, "echo:y");
    client_check_next(&other, "{\"echo\":\"y\"}");
    assert_in_range(s->calls, 1, 17);
    WAIT_FOR(s, s->calls == 101);
    client_close(&greedy);
    client_close(&other);
}

/* A message may come in any pieces, and end exactly at the limit. */
static void test_pieces(void **state)
{
    struct echo_service *s = *state;
    struct client client;
    char text[4096] = "echo:", expected[8192];

    client_connect(&client, &s->f);
    for (const char *p = "echo:ab"; *p; p++) {
        client_send(&client, p, 1);
        fixture_settle(&s->f);
    }
    assert_int_equal(s->calls, 0);
    client_send(&client, "\0echo:", 6);
    client_check_next(&client, "{\"echo\":\"ab\"}");
    client_send(&client, "c", 2);
    client_check_next(&client, "{\"echo\":\"c\"}");

    memset(text + 5, 'x', sizeof(text) - 6);
    client_send(&client, text, sizeof(text));
    snprintf(expected, sizeof(expected), "{\"echo\":\"%s\"}", text + 5);
    client_check_next(&client, expected);
    client_close(&client);
}

static void test_too_long(void **state)
{
    struct echo_service *s = *state;
    struct client client;
    char text[4097];

    memset(text, 'x', sizeof(text));
    client_connect(&client, &s->f);
    client_call(&client, "echo:a");
    client_send(&client, text, sizeof(text));
    /* What was asked before is still answered. */
    client_check_next(&client, "{\"echo\":\"a\"}");
    client_check_next(&client, "hung up");
    assert_int_equal(s->server.places.n, 0);
    client_close(&client);
}

/* A malformed call, or one that can't be answered, ends the connection after the replies to those before it. */
static void test_failed_calls(void **state)
{
    static const struct {
        int error;
        bool answered; /* the call before it, which came together with it */
    } cases[] = { { EBADMSG, true }, { EMSGSIZE, true }, { ENOMEM, false } };
    struct echo_service *s = *state;

    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        struct client client;
        char text[64] = "echo:a";
        int size = 7 + snprintf(text + 7, sizeof(text) - 7, "error:%d", cases[i].error) + 1;

        memcpy(text + size, "echo:b", 7);
        s->calls = 0;
        client_connect(&client, &s->f);
        client_send(&client, text, (size_t)size + 7);
        if (cases[i].answered)
            client_check_next(&client, "{\"echo\":\"a\"}");
        client_check_next(&client, "hung up");
        assert_int_equal(s->calls, 2);
        client_close(&client);
    }
    assert_int_equal(s->server.places.n, 0);
}

/* The time of a message runs from its beginning, and not while none has begun. */
static void test_message_timeout(void **state)
{
    struct echo_service *s = *state;
    struct client client;

    s->f.core->config->message_timeout = 1000;
    client_connect(&client, &s->f);
    client_send(&client, "ech", 3);
    client_check_next(&client, "hung up");
    assert_int_equal(s->server.places.n, 0);
    client_close(&client);

    s->f.core->config->message_timeout = 60 * USEC_PER_SEC;
    client_connect(&client, &s->f);
    WAIT_FOR(s, s->server.places.n == 1);
    assert_null(s->server.connections->timeout);
    client_send(&client, "ech", 3);
    WAIT_FOR(s, s->server.connections->timeout);
    const sd_event_source *timeout = s->server.connections->timeout;
    /* Another piece does not lengthen it; the end of the message ends it. */
    client_send(&client, "o:", 2);
    fixture_settle(&s->f);
    assert_ptr_equal(s->server.connections->timeout, timeout);
    client_send(&client, "a", 2);
    client_check_next(&client, "{\"echo\":\"a\"}");
    assert_null(s->server.connections->timeout);
    client_close(&client);
}

/* Who reads no replies can't make the server run more calls than there is room for; the rest runs when he reads. */
static void test_unread_replies(void **state)
{
    enum {
        CALLS = 64,
        SIZE = 16000,
    };
    struct echo_service *s = *state;
    struct client client;
    char text[CALLS * 11];

    for (int i = 0; i < CALLS; i++)
        memcpy(text + i * 11, "size:16000", 11);
    client_connect(&client, &s->f);
    client_send(&client, text, sizeof(text));
    fixture_settle(&s->f);
    assert_in_range(s->calls, 5, CALLS - 1);
    /* At most one reply more than the 64 KiB at which it pauses. */
    assert_true(varlink_stream_pending(&s->server.connections->stream) <= 65536 + SIZE + 32);
    for (int i = 0; i < CALLS; i++) {
        _cleanup_json_ json_object *reply = client_receive(&client);

        assert_int_equal(strlen(json_get_string(reply, "echo")), SIZE);
    }
    assert_int_equal(s->calls, CALLS);
    client_close(&client);
}

/* A reply of the largest allowed size has room behind others; one that is larger ends the connection. */
static void test_largest_reply(void **state)
{
    struct echo_service *s = *state;
    struct client client;
    const int fits = 131072 - (int)sizeof("{\"echo\":\"\"}");
    char call[32];

    client_connect(&client, &s->f);
    snprintf(call, sizeof(call), "size:%d", fits);
    client_call(&client, "size:65000");
    client_call(&client, call);
    for (int i = 0; i < 2; i++) {
        _cleanup_json_ json_object *reply = client_receive(&client);

        assert_int_equal(strlen(json_get_string(reply, "echo")), i ? fits : 65000);
    }
    client_call(&client, "size:300000");
    client_check_next(&client, "hung up");
    client_close(&client);
}

/* A client that stops sending has all its replies, and then the connection ends. */
static void test_half_closed(void **state)
{
    struct echo_service *s = *state;
    struct client client;

    client_connect(&client, &s->f);
    for (int i = 0; i < 40; i++)
        client_call(&client, "size:16000");
    client_shut(&client);
    fixture_settle(&s->f);
    assert_int_equal(s->server.places.n, 1);
    for (int i = 0; i < 40; i++) {
        _cleanup_json_ json_object *reply = client_receive(&client);

        assert_non_null(reply);
    }
    client_check_next(&client, "hung up");
    assert_int_equal(s->server.places.n, 0);
    client_close(&client);

    /* Half a message is not waited for. */
    client_connect(&client, &s->f);
    client_call(&client, "echo:a");
    client_send(&client, "ech", 3);
    client_shut(&client);
    client_check_next(&client, "{\"echo\":\"a\"}");
    client_check_next(&client, "hung up");
    client_close(&client);
}

/* A client that leaves, with replies unread or unsent, leaves nothing behind. */
static void test_closed(void **state)
{
    struct echo_service *s = *state;
    struct client client;

    for (int calls = 0; calls < 40; calls += 13) {
        client_connect(&client, &s->f);
        for (int i = 0; i < calls; i++)
            client_call(&client, "size:16000");
        fixture_settle(&s->f);
        assert_int_equal(s->server.places.n, 1);
        client_close(&client);
        assert_int_equal(s->server.places.n, 0);
        assert_null(s->server.connections);
    }
}

/* Who may only read: another user, where there is no admin_group. */
static void test_permission(void **state)
{
    struct echo_service *s = *state;
    struct connection other = { .server = &s->server, .uid = 1000001, .fd = -1 };

    assert_false(connection_may_write(&other));
    other.uid = 0;
    assert_true(connection_may_write(&other));
    other.uid = geteuid();
    assert_true(connection_may_write(&other));
}

/* The client is who the kernel says. */
static void test_peer(void **state)
{
    struct echo_service *s = *state;
    struct client client;

    client_connect(&client, &s->f);
    WAIT_FOR(s, s->server.places.n == 1);
    assert_int_equal(s->server.connections->pid, getpid());
    assert_int_equal(s->server.connections->uid, geteuid());
    assert_int_equal(s->server.connections->gid, getegid());
    assert_false(s->server.connections->asked);
    client_call(&client, "echo:a");
    client_check_next(&client, "{\"echo\":\"a\"}");
    assert_true(s->server.connections->asked);
    client_close(&client);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, echo_service_set_up, echo_service_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_pipelined_calls),
        TEST(test_turns),
        TEST(test_pieces),
        TEST(test_too_long),
        TEST(test_failed_calls),
        TEST(test_message_timeout),
        TEST(test_unread_replies),
        TEST(test_largest_reply),
        TEST(test_half_closed),
        TEST(test_closed),
        TEST(test_permission),
        TEST(test_peer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
