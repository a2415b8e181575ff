/* A connection with a role: what the role sends and when, what is not done meanwhile, and that it ends once. */
#include "unit/helpers/daemon/echo-service.h"

static json_object *make_part(const char *text)
{
    json_object *message = json_object_new_object();

    json_add_string(message, "part", text);
    return message;
}

static json_object *make_large_part(size_t size)
{
    char *text = malloc(size + 1);

    assert_non_null(text);
    memset(text, 'x', size);
    text[size] = 0;
    json_object *message = make_part(text);
    free(text);
    return message;
}

/* The role says its newest at its begin, and after each waking; how often it was woken between does not matter. */
static void test_newest(void **state)
{
    struct echo_service *s = *state;
    struct client client;

    s->news = 1;
    echo_service_take_role(s, &client, &echo_role);
    client_check_next(&client, "{\"news\":1}");
    client_check_silence(&client);
    s->news = 2;
    connection_wake(s->holder);
    client_check_next(&client, "{\"news\":2}");
    assert_int_equal(s->sent, 2);
    client_close(&client);
    assert_int_equal(s->closed, 1);
    assert_int_equal(s->server.places.n, 0);
}

/* Where earlier output waits, a role that is woken sends once, when all is sent, and what is the newest then. */
static void test_woken_while_output_waits(void **state)
{
    struct echo_service *s = *state;
    struct client client;
    size_t parts = 0;

    echo_service_take_role(s, &client, &echo_role);
    client_check_next(&client, "{\"news\":0}");
    while (varlink_stream_pending(&s->holder->stream) == 0) {
        connection_send_part(s->holder, make_large_part(30000));
        parts++;
    }
    for (s->news = 1; s->news < 5; s->news++)
        connection_wake(s->holder);
    assert_int_equal(s->sent, 1);
    for (; parts > 0; parts--) {
        _cleanup_json_ json_object *part = client_receive(&client);

        assert_int_equal(strlen(json_get_string(part, "part")), 30000);
    }
    client_check_next(&client, "{\"news\":5}");
    assert_int_equal(s->sent, 2);
    client_check_silence(&client);
    client_close(&client);
}

/* So does a role that begins behind replies which are not read yet. */
static void test_begun_while_output_waits(void **state)
{
    static const char calls[] = "size:60000\0role";
    struct echo_service *s = *state;
    struct client client;
    const int small = 4096;

    client_connect(&client, &s->f);
    WAIT_FOR(s, s->server.places.n == 1);
    assert_int_equal(setsockopt(s->server.connections->fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), 0);
    client_send(&client, calls, sizeof(calls));
    WAIT_FOR(s, s->holder);
    assert_int_equal(s->sent, 0);
    s->news = 1;
    _cleanup_json_ json_object *reply = client_receive(&client);
    assert_non_null(json_get_string(reply, "echo"));
    client_check_next(&client, "{\"news\":1}");
    client_close(&client);
}

/* A role that can't send ends the connection, and is told once: when it is new, and when it is woken. */
static void test_newest_fails(void **state)
{
    struct echo_service *s = *state;
    struct client client;

    s->result = -ENOMEM;
    s->role = &echo_role;
    client_connect(&client, &s->f);
    client_call(&client, "role");
    client_check_next(&client, "hung up");
    assert_int_equal(s->closed, 1);
    assert_null(s->holder);
    client_close(&client);

    s->result = 0;
    echo_service_take_role(s, &client, &echo_role);
    client_check_next(&client, "{\"news\":0}");
    s->result = -ENOMEM;
    connection_wake(s->holder);
    assert_int_equal(s->closed, 2);
    client_check_next(&client, "hung up");
    assert_int_equal(s->server.places.n, 0);
    client_close(&client);
}

/* Calls behind the one that the role answers wait for its end, however they arrived; then they run in their order. */
static void test_calls_wait(void **state)
{
    static const char calls[] = "echo:a\0role\0echo:b";
    struct echo_service *s = *state;
    struct client client;

    s->role = &echo_role_unwoken;
    client_connect(&client, &s->f);
    client_send(&client, calls, sizeof(calls));
    client_check_next(&client, "{\"echo\":\"a\"}");
    client_call(&client, "echo:c");
    client_send(&client, "echo:", 5);
    client_check_silence(&client);
    assert_int_equal(s->calls, 2);
    /* Not even half a message is timed during a role. */
    assert_null(s->holder->timeout);

    connection_send_part(s->holder, make_part("1"));
    client_check_next(&client, "{\"part\":\"1\"}");
    client_check_silence(&client);
    connection_send_last(s->holder, make_part("2"));
    client_check_next(&client, "{\"part\":\"2\"}");
    client_check_next(&client, "{\"echo\":\"b\"}");
    client_check_next(&client, "{\"echo\":\"c\"}");
    client_check_silence(&client);
    assert_null(s->server.connections->role);
    assert_non_null(s->server.connections->timeout);
    client_send(&client, "d", 2);
    client_check_next(&client, "{\"echo\":\"d\"}");
    client_close(&client);
    /* Its end was the role's own. */
    assert_int_equal(s->closed, 0);
}

/* The call behind a role may begin the next one. */
static void test_role_after_role(void **state)
{
    struct echo_service *s = *state;
    struct client client;

    echo_service_take_role(s, &client, &echo_role);
    client_check_next(&client, "{\"news\":0}");
    client_call(&client, "role");
    client_call(&client, "echo:a");
    client_check_silence(&client);
    s->news = 1;
    connection_send_last(s->holder, make_part("last"));
    client_check_next(&client, "{\"part\":\"last\"}");
    client_check_next(&client, "{\"news\":1}");
    client_check_silence(&client);
    assert_int_equal(s->calls, 2);
    client_close(&client);
    assert_int_equal(s->closed, 1);
}

/* A malformed call behind a role, which came with it, does not cost the client the role's last reply. */
static void test_bad_call_behind_a_role(void **state)
{
    static const char calls[] = "role\0echo:a\0error:74"; /* EBADMSG */
    struct echo_service *s = *state;
    struct client client;

    s->role = &echo_role_unwoken;
    client_connect(&client, &s->f);
    client_send(&client, calls, sizeof(calls));
    WAIT_FOR(s, s->holder);
    connection_send_last(s->holder, make_part("last"));
    client_check_next(&client, "{\"part\":\"last\"}");
    client_check_next(&client, "{\"echo\":\"a\"}");
    client_check_next(&client, "hung up");
    assert_int_equal(s->server.places.n, 0);
    assert_int_equal(s->closed, 0);
    client_close(&client);
}

/* A client that only stops sending still has all that the role sends. */
static void test_half_closed(void **state)
{
    static const struct connection_role *const roles[] = { &echo_role, &echo_role_unwoken };
    struct echo_service *s = *state;
    struct client client;

    for (size_t i = 0; i < ELEMENTS(roles); i++) {
        echo_service_take_role(s, &client, roles[i]);
        client_shut(&client);
        fixture_settle(&s->f);
        if (i == 0)
            client_check_next(&client, "{\"news\":0}");
        connection_send_part(s->holder, make_part("1"));
        client_check_next(&client, "{\"part\":\"1\"}");
        client_check_silence(&client);
        connection_send_last(s->holder, make_part("2"));
        client_check_next(&client, "{\"part\":\"2\"}");
        client_check_next(&client, "hung up");
        assert_int_equal(s->closed, 0);
        assert_int_equal(s->server.places.n, 0);
        client_close(&client);
        s->holder = NULL;
    }
}

/* A client that leaves ends its role, and no other one; a role need not know. */
static void test_client_leaves(void **state)
{
    struct echo_service *s = *state;
    struct client client, other;

    echo_service_take_role(s, &client, &echo_role_unwoken);
    client_connect(&other, &s->f);
    client_call(&other, "echo:a");
    client_check_next(&other, "{\"echo\":\"a\"}");
    client_close(&client);
    assert_int_equal(s->closed, 1);
    assert_int_equal(s->server.places.n, 1);
    client_call(&other, "echo:b");
    client_check_next(&other, "{\"echo\":\"b\"}");
    client_close(&other);

    echo_service_take_role(s, &client, &echo_role_unclosed);
    client_close(&client);
    assert_int_equal(s->server.places.n, 0);
    assert_int_equal(s->closed, 1);
}

/* Who reads nothing is given up once the output is full; his role ends once. */
static void test_full_output(void **state)
{
    struct echo_service *s = *state;
    struct client client, other;
    size_t parts = 0;

    echo_service_take_role(s, &client, &echo_role_unwoken);
    client_connect(&other, &s->f);
    while (s->holder) {
        connection_send_part(s->holder, make_large_part(30000));
        assert_in_range(++parts, 1, 100);
        fixture_settle(&s->f);
    }
    /* At least what may wait as output. */
    assert_true(parts * 30000 > 65536 + 131072);
    assert_int_equal(s->closed, 1);
    client_call(&other, "echo:a");
    client_check_next(&other, "{\"echo\":\"a\"}");
    assert_int_equal(s->server.places.n, 1);
    client_close(&client);
    client_close(&other);
}

/* A part that there is no memory for, or no room, ends connection and role; the last one has ended the role before. */
static void test_failed_parts(void **state)
{
    static const struct {
        size_t size; /* 0: no memory */
        bool last;
        size_t closed;
    } cases[] = { { 0, false, 1 }, { 300000, false, 1 }, { 0, true, 0 }, { 300000, true, 0 } };
    struct echo_service *s = *state;

    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        struct client client;

        s->closed = 0;
        echo_service_take_role(s, &client, &echo_role_unwoken);
        json_object *message = cases[i].size ? make_large_part(cases[i].size) : NULL;
        if (cases[i].last)
            connection_send_last(s->holder, message);
        else
            connection_send_part(s->holder, message);
        assert_int_equal(s->closed, cases[i].closed);
        assert_int_equal(s->server.places.n, 0);
        client_check_next(&client, "hung up");
        client_close(&client);
        s->holder = NULL;
    }
}

/* A part to a client that has gone unnoticed ends the role once. */
static void test_part_to_nobody(void **state)
{
    struct echo_service *s = *state;
    struct client client;

    echo_service_take_role(s, &client, &echo_role_unwoken);
    close(client.fd);
    connection_send_part(s->holder, make_part("1"));
    assert_int_equal(s->closed, 1);
    assert_int_equal(s->server.places.n, 0);
    client.fd = -1;
    client_close(&client);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, echo_service_set_up, echo_service_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_newest),
        TEST(test_woken_while_output_waits),
        TEST(test_begun_while_output_waits),
        TEST(test_newest_fails),
        TEST(test_calls_wait),
        TEST(test_role_after_role),
        TEST(test_bad_call_behind_a_role),
        TEST(test_half_closed),
        TEST(test_client_leaves),
        TEST(test_full_output),
        TEST(test_failed_parts),
        TEST(test_part_to_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
