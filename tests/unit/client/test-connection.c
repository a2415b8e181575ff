/* Connecting, against a server that sends the text of the test. */
#include "client/connection.h"

#include "unit/helpers/text-server.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

enum {
    SHORT_MS = 50,
};

/* A negative timeout never ends. */
static void test_due(void **state)
{
    int64_t before = client_now(), due = client_due(1000);

    (void)state;
    assert_in_range(due, before + 1000, client_now() + 1000);
    assert_int_equal(client_due(-1), -1);
    assert_int_equal(client_due(-7), -1);
}

static void test_wait(void **state)
{
    struct tr_client client = { 0 };
    int ends[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    client.fd = ends[0];
    assert_int_equal(client_wait(&client, POLLIN, 0), -ETIMEDOUT);
    assert_int_equal(client_wait(&client, POLLOUT, -1), 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    assert_int_equal(client_wait(&client, POLLIN, -1), 0);
    close(ends[0]);
    close(ends[1]);
}

/* Closing the connection keeps a stream that may go on on another one. */
static void test_close(void **state)
{
    struct tr_client client = { .fd = -1, .streaming = true, .first_due = 7, .resumption = { .lost = true } };

    (void)state;
    client_close(&client);
    assert_int_equal(client.fd, -1);
    assert_false(client.streaming);
    assert_int_equal(client.first_due, -1);
    assert_true(client.resumption.lost);
    client_close(&client);
}

/* A restart of the daemon between two calls is not a failure. */
static void test_connects_again(void **state)
{
    struct text_server server = { SAYS("{\"parameters\":{}}") };
    char *reply = NULL;

    (void)state;
    text_server_start(&server, 8);
    struct tr_client *client = text_server_client(&server);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(tr_call(client, "A", NULL, &reply, NULL), 0);
        free(reply);
        struct pollfd hang_up = { .fd = tr_client_get_fd(client), .events = POLLIN };
        assert_int_equal(poll(&hang_up, 1, -1), 1);
    }
    tr_client_free(client);
    text_server_stop(&server);
    assert_int_equal(server.connections, 3);
}

/* A message that no call asked for is never taken for the next answer. */
static void test_unsolicited(void **state)
{
    struct text_server server = {
        .text = "{\"parameters\":{\"n\":1}}\0{\"parameters\":{\"n\":2}}", .size = 46, .stays = true
    };
    char *reply = NULL;

    (void)state;
    text_server_start(&server, 8);
    struct tr_client *client = text_server_client(&server);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(tr_call(client, "A", NULL, &reply, NULL), 0);
        assert_string_equal(reply, "{\"n\":1}");
        free(reply);
    }
    tr_client_free(client);
    text_server_stop(&server);
    assert_int_equal(server.connections, 2);
}

/* The queue of a stopped daemon's socket fills up; then even connecting blocks. */
static void test_full_queue(void **state)
{
    struct text_server server = { .text = NULL };
    struct tr_client *clients[3];
    struct tr_error error;

    (void)state;
    text_server_start(&server, 0);
    for (size_t i = 0; i < ELEMENTS(clients); i++) {
        clients[i] = text_server_client(&server);
        tr_client_set_timeout(clients[i], SHORT_MS);
    }
    assert_int_equal(tr_client_connect(clients[0], NULL), 0);
    assert_int_equal(tr_client_connect(clients[1], &error), -ETIMEDOUT);
    assert_string_equal(error.code, "timed_out");
    tr_client_set_timeout(clients[2], 0);
    assert_int_equal(tr_client_connect(clients[2], NULL), -ETIMEDOUT);
    for (size_t i = 0; i < ELEMENTS(clients); i++)
        tr_client_free(clients[i]);
    text_server_stop(&server);
}

static void *accept_one(void *userdata)
{
    const struct text_server *server = userdata;

    /* Not before the client waits. */
    usleep(SHORT_MS * 1000);
    safe_close(accept(server->fd, NULL, NULL));
    return NULL;
}

/* A client that waits for room in the queue connects once there is, with a limit of time and without. */
static void test_room_in_the_queue(void **state)
{
    static const int timeouts[] = { -1, 30000 };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(timeouts); i++) {
        struct text_server server = { .text = NULL };
        pthread_t thread;

        text_server_start(&server, 0);
        struct tr_client *first = text_server_client(&server), *second = text_server_client(&server);
        tr_client_set_timeout(second, timeouts[i]);
        assert_int_equal(tr_client_connect(first, NULL), 0);
        assert_int_equal(pthread_create(&thread, NULL, accept_one, &server), 0);
        assert_int_equal(tr_client_connect(second, NULL), 0);
        assert_true(fcntl(tr_client_get_fd(second), F_GETFL) & O_NONBLOCK);
        pthread_join(thread, NULL);
        tr_client_free(first);
        tr_client_free(second);
        text_server_stop(&server);
    }
}

/* The daemon ends while a client waits for room in its queue. */
static void *leave(void *userdata)
{
    usleep(SHORT_MS * 1000);
    text_server_leave(userdata);
    return NULL;
}

static void test_daemon_ends_meanwhile(void **state)
{
    struct text_server server = { .text = NULL };
    struct tr_error error;
    pthread_t thread;

    (void)state;
    text_server_start(&server, 0);
    struct tr_client *first = text_server_client(&server), *second = text_server_client(&server);
    tr_client_set_timeout(second, 30000);
    assert_int_equal(tr_client_connect(first, NULL), 0);
    assert_int_equal(pthread_create(&thread, NULL, leave, &server), 0);
    assert_int_equal(tr_client_connect(second, &error), -ECONNREFUSED);
    assert_string_equal(error.code, "not_running");
    pthread_join(thread, NULL);
    tr_client_free(first);
    tr_client_free(second);
    text_server_stop(&server);
}

static void check_connect(const char *path, int r, const char *code, enum tr_error_class exit_class)
{
    struct tr_client *client = NULL;
    struct tr_error error;

    assert_int_equal(tr_client_new(path, &client), 0);
    assert_int_equal(tr_client_connect(client, &error), r);
    assert_string_equal(error.code, code);
    assert_int_equal(error.exit_class, exit_class);
    assert_true(error.message[0] && error.hint[0]);
    tr_client_free(client);
}

/* complaint("socket: a missing permission and a missing daemon are reported as EOF") */
static void test_no_daemon(void **state)
{
    struct text_server server = { .text = NULL };
    char path[200];

    (void)state;
    text_server_start(&server, 8);
    snprintf(path, sizeof(path), "%s/absent", server.directory);
    check_connect(path, -ENOENT, "not_running", TR_CLASS_UNREACHABLE);
    memset(path, 'x', sizeof(path) - 1);
    path[sizeof(path) - 1] = 0;
    check_connect(path, -ENAMETOOLONG, "bad_parameters", TR_CLASS_USAGE);
    check_connect("", -EINVAL, "bad_parameters", TR_CLASS_USAGE);

    text_server_leave(&server);
    check_connect(server.path, -ECONNREFUSED, "not_running", TR_CLASS_UNREACHABLE);

    /* Root may use any socket. */
    assert_int_equal(chmod(server.path, 0), 0);
    bool root = geteuid() == 0;
    assert_true(!root || seteuid(65534) == 0);
    check_connect(server.path, -EACCES, "permission_denied", TR_CLASS_DENIED);
    assert_true(!root || seteuid(0) == 0);
    text_server_stop(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_due),
        cmocka_unit_test(test_wait),
        cmocka_unit_test(test_close),
        cmocka_unit_test(test_connects_again),
        cmocka_unit_test(test_unsolicited),
        cmocka_unit_test(test_full_queue),
        cmocka_unit_test(test_room_in_the_queue),
        cmocka_unit_test(test_daemon_ends_meanwhile),
        cmocka_unit_test(test_no_daemon),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
