/* The server: whom it wakes, whom it ends, and how it ends. */
#include "unit/helpers/daemon/echo-service.h"

#include <sys/socket.h>
#include <sys/un.h>

static void check_echo(struct client *client)
{
    client_call(client, "echo:a");
    client_check_next(client, "{\"echo\":\"a\"}");
}

/* Connects so many clients and lets the server take them. */
static void connect_all(struct echo_service *s, struct client *clients, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        client_connect(&clients[i], &s->f);
        fixture_settle(&s->f);
    }
}

/* Only the holders of a role are woken, and counted. */
static void test_wake(void **state)
{
    struct echo_service *s = *state;
    struct client client, other, third;

    echo_service_take_role(s, &client, &echo_role);
    client_check_next(&client, "{\"news\":0}");
    client_connect(&other, &s->f);
    check_echo(&other);
    assert_int_equal(server_count_role(&s->server, &echo_role), 1);
    assert_int_equal(server_count_role(&s->server, &echo_role_unclosed), 0);
    s->news = 1;
    server_wake(&s->server, &echo_role_unclosed);
    client_check_silence(&client);
    server_wake(&s->server, &echo_role);
    client_check_next(&client, "{\"news\":1}");
    client_check_silence(&other);

    /* A role whose sending fails is no hindrance for who comes behind it. */
    s->holder = NULL;
    echo_service_take_role(s, &third, &echo_role_unclosed);
    client_check_next(&third, "{\"news\":1}");
    s->result = -ENOMEM;
    server_wake(&s->server, &echo_role_unclosed);
    client_check_next(&third, "hung up");
    assert_int_equal(server_count_role(&s->server, &echo_role), 1);
    assert_int_equal(s->server.places.n, 2);
    client_close(&third);
    s->server.connections->next->role = NULL;
    client_close(&client);
    client_close(&other);
}

enum { CODE = 75 };

/* Runs the loop to its end, which has the code that was asked for. */
static void run_to_the_end(struct echo_service *s)
{
    assert_int_equal(sd_event_loop(s->f.core->event), CODE);
    assert_int_equal(sd_event_get_state(s->f.core->event), SD_EVENT_FINISHED);
}

static bool is_ended(struct echo_service *s)
{
    int code;

    return sd_event_get_exit_code(s->f.core->event, &code) >= 0;
}

static void test_end_without_clients(void **state)
{
    struct echo_service *s = *state;

    assert_true(server_end(&s->server, CODE) >= 0);
    assert_true(is_ended(s));
    run_to_the_end(s);
}

/* Each client that has connected is waited for until its first call is answered; who has had an answer is not. */
static void test_end_waits_for_first_calls(void **state)
{
    struct echo_service *s = *state;
    struct client served, silent, late;

    client_connect(&served, &s->f);
    check_echo(&served);
    connect_all(s, &silent, 1);
    assert_true(server_end(&s->server, CODE) >= 0);
    assert_false(is_ended(s));
    /* Who comes now is left to the next daemon. */
    client_connect(&late, &s->f);
    client_call(&late, "echo:late");
    fixture_settle(&s->f);
    assert_int_equal(s->server.places.n, 2);
    client_call(&silent, "echo:b");
    run_to_the_end(s);
    client_check_next(&silent, "{\"echo\":\"b\"}");
    assert_int_equal(s->calls, 2);
    client_close(&served);
    client_close(&silent);
    client_close(&late);
}

/* Calls that have arrived when the end is asked for are answered before it. */
static void test_end_with_calls_that_arrived(void **state)
{
    struct echo_service *s = *state;
    struct client client;

    connect_all(s, &client, 1);
    client_call(&client, "echo:a");
    client_call(&client, "echo:b");
    assert_true(server_end(&s->server, CODE) >= 0);
    assert_true(is_ended(s));
    client_check_next(&client, "{\"echo\":\"a\"}");
    client_check_next(&client, "{\"echo\":\"b\"}");
    run_to_the_end(s);
    client_close(&client);
}

/* The reply is waited for until it is sent, not only until the call has run. */
static void test_end_waits_for_output(void **state)
{
    struct echo_service *s = *state;
    struct client client;

    s->f.core->config->max_output = 1 << 20;
    connect_all(s, &client, 1);
    client_call(&client, "size:600000");
    assert_true(server_end(&s->server, CODE) >= 0);
    assert_true(varlink_stream_pending(&s->server.connections->stream) > 0);
    assert_false(is_ended(s));
    _cleanup_json_ json_object *reply = client_receive(&client);
    assert_int_equal(strlen(json_get_string(reply, "echo")), 600000);
    run_to_the_end(s);
    client_close(&client);
}

/* A client that never asks is not waited for without end; nor at all if the end is asked for twice. */
static void test_end_with_a_silent_client(void **state)
{
    struct echo_service *s = *state;
    struct client client;

    connect_all(s, &client, 1);
    assert_true(server_end(&s->server, CODE) >= 0);
    assert_false(is_ended(s));
    uint64_t due;
    assert_true(sd_event_source_get_time(s->server.end, &due) >= 0);
    run_to_the_end(s);
    client_close(&client);
}

static void test_end_twice(void **state)
{
    struct echo_service *s = *state;
    struct client client;

    connect_all(s, &client, 1);
    assert_true(server_end(&s->server, CODE) >= 0);
    assert_false(is_ended(s));
    assert_true(server_end(&s->server, CODE) >= 0);
    assert_true(is_ended(s));
    run_to_the_end(s);
    client_close(&client);
}

/* All connections and roles end with the server, which can be started again. */
static void test_stop(void **state)
{
    struct echo_service *s = *state;
    struct server none = { 0 };
    struct client client, other;

    server_stop(&none);
    echo_service_take_role(s, &client, &echo_role);
    client_check_next(&client, "{\"news\":0}");
    connect_all(s, &other, 1);
    server_stop(&s->server);
    assert_int_equal(s->closed, 1);
    client_check_next(&client, "hung up");
    client_check_next(&other, "hung up");
    assert_int_equal(access(s->f.socket, F_OK), -1);
    server_stop(&s->server);
    client_close(&client);
    client_close(&other);

    echo_service_start(s);
    client_connect(&client, &s->f);
    check_echo(&client);
    client_close(&client);
}

static int start_second(struct echo_service *s, struct server *server, const char *path)
{
    return server_start(server, s->f.core, s->server.handlers, s, path);
}

/* A second daemon is refused, what is no socket is left alone, and a stale socket is replaced. */
static void test_socket(void **state)
{
    struct echo_service *s = *state;
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    struct server second;
    char path[96], long_path[200] = "/";
    struct stat st;

    assert_int_equal(start_second(s, &second, s->f.socket), -EADDRINUSE);
    server_stop(&second);
    assert_int_equal(access(s->f.socket, F_OK), 0);
    snprintf(path, sizeof(path), "%s/file", s->f.directory);
    fixture_write(path, "x");
    assert_int_equal(start_second(s, &second, path), -EEXIST);
    server_stop(&second);
    assert_int_equal(access(path, F_OK), 0);
    memset(long_path + 1, 'x', sizeof(long_path) - 2);
    assert_int_equal(start_second(s, &second, long_path), -ENAMETOOLONG);
    server_stop(&second);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s/stale", s->f.directory);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    close(fd);
    assert_int_equal(start_second(s, &second, address.sun_path), 0);
    assert_int_equal(stat(address.sun_path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0666);
    server_stop(&second);
    assert_int_equal(access(address.sun_path, F_OK), -1);
}

/* An administrator is accepted behind many others in one turn, and answered before the calls of all users are run. */
static void test_administrators_first(void **state)
{
    enum { USERS = 40 };
    const struct ucred peer = { .uid = 1000001, .gid = 1000001, .pid = getpid() };
    struct echo_service *s = *state;
    struct client behind[30], root;
    int pairs[USERS][2];

    for (size_t i = 0; i < USERS; i++) {
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pairs[i]), 0);
        assert_int_equal(connection_add(&s->server, pairs[i][0], &peer, PLACE_USER), 0);
        assert_int_equal(send(pairs[i][1], "echo:x", 7, 0), 7);
    }
    s->f.core->config->max_connections = s->f.core->config->max_connections_per_uid = 100;
    for (size_t i = 0; i < ELEMENTS(behind); i++)
        client_connect(&behind[i], &s->f);
    client_connect(&root, &s->f);
    client_call(&root, "echo:root");
    /* A turn for the users, one for the new clients, one for root. */
    for (size_t i = 0; i < 3; i++)
        fixture_turn(&s->f);
    assert_int_equal(s->server.places.n, USERS + ELEMENTS(behind) + 1);
    char text[64];
    assert_true(recv(root.fd, text, sizeof(text), MSG_DONTWAIT) > 0);
    assert_true(s->calls < USERS);
    WAIT_FOR(s, s->calls == USERS + 1);
    for (size_t i = 0; i < USERS; i++) {
        assert_true(recv(pairs[i][1], text, sizeof(text), MSG_DONTWAIT) > 0);
        close(pairs[i][1]);
    }
    for (size_t i = 0; i < ELEMENTS(behind); i++)
        client_close(&behind[i]);
    client_close(&root);
}

/* A client that asks nothing has a minute; one that has asked, or has begun to, is none of them. */
static void test_silent_clients(void **state)
{
    struct echo_service *s = *state;
    struct client silent, asked, half, late;

    connect_all(s, &silent, 1);
    client_connect(&asked, &s->f);
    check_echo(&asked);
    connect_all(s, &half, 1);
    client_send(&half, "e", 1);
    fixture_settle(&s->f);
    for (struct connection *c = s->server.connections; c; c = c->next)
        c->since -= 60 * USEC_PER_SEC;
    connect_all(s, &late, 1);
    assert_true(sd_event_source_set_time(s->server.first_call, 0) >= 0);
    client_check_next(&silent, "hung up");
    check_echo(&asked);
    check_echo(&late);
    client_send(&half, "cho:a", 6);
    client_check_next(&half, "{\"echo\":\"a\"}");

    /* The timer rests while there is nobody to wait for, and runs again for the next one. */
    assert_true(sd_event_source_set_time(s->server.first_call, 0) >= 0);
    fixture_settle(&s->f);
    int enabled;
    assert_true(sd_event_source_get_enabled(s->server.first_call, &enabled) >= 0);
    assert_int_equal(enabled, SD_EVENT_OFF);
    client_close(&silent);
    connect_all(s, &silent, 1);
    assert_true(sd_event_source_get_enabled(s->server.first_call, &enabled) >= 0);
    assert_int_equal(enabled, SD_EVENT_ONESHOT);
    client_close(&silent);
    client_close(&asked);
    client_close(&half);
    client_close(&late);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, echo_service_set_up, echo_service_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_wake),
        TEST(test_administrators_first),
        TEST(test_silent_clients),
        TEST(test_end_without_clients),
        TEST(test_end_waits_for_first_calls),
        TEST(test_end_with_calls_that_arrived),
        TEST(test_end_waits_for_output),
        TEST(test_end_with_a_silent_client),
        TEST(test_end_twice),
        TEST(test_stop),
        TEST(test_socket),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
