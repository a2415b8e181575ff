/* The client library against a server that says what each test wants, on a socket in a temporary directory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "common/memory.h"
#include "threatresponse.h"

enum {
    SHORT_MS = 50,
};

/* One connection at a time: reads one message, unless it is told to speak first, and says its text. */
struct server {
    char directory[64], path[96];
    int fd;
    pthread_t thread;
    bool with_thread;
    const char *text; /* what is said; may hold NULs */
    size_t size;
    bool speaks_first, by_bytes, stays; /* stays: doesn't close before the client does */
    int connections;
    char received[1024]; /* the last message */
};

static void say(const struct server *server, int fd)
{
    size_t step = server->by_bytes ? 1 : server->size;

    for (size_t i = 0; i < server->size; i += step)
        if (send(fd, server->text + i, step, MSG_NOSIGNAL) < 0)
            return;
}

static void *serve(void *userdata)
{
    struct server *server = userdata;
    int fd;

    while ((fd = accept(server->fd, NULL, NULL)) >= 0) {
        char byte;
        size_t n = 0;

        server->connections++;
        if (server->speaks_first)
            say(server, fd);
        while (!server->speaks_first && recv(fd, &byte, 1, 0) == 1) {
            server->received[n] = byte;
            n += n + 1 < sizeof(server->received);
            if (byte == 0) {
                say(server, fd);
                n = 0;
                if (!server->stays)
                    break;
            }
        }
        close(fd);
    }
    return NULL;
}

/* Starts a server; without text nobody accepts. */
static void start(struct server *server, int backlog)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    strcpy(server->directory, "/tmp/test-client-XXXXXX");
    assert_non_null(mkdtemp(server->directory));
    snprintf(server->path, sizeof(server->path), "%s/socket", server->directory);
    strcpy(address.sun_path, server->path);
    server->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server->fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(server->fd, backlog), 0);
    server->with_thread = server->text != NULL;
    if (server->with_thread)
        assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
}

static void stop(struct server *server)
{
    shutdown(server->fd, SHUT_RDWR);
    if (server->with_thread)
        pthread_join(server->thread, NULL);
    close(server->fd);
    unlink(server->path);
    rmdir(server->directory);
}

#define SAYS(string) .text = (string), .size = sizeof(string)

static struct tr_client *connect_to(const char *path)
{
    struct tr_client *client = NULL;

    assert_int_equal(tr_client_new(path, &client), 0);
    return client;
}

/* Calls a server once; what is said lasts until the next call. */
static int call_once(struct server *server, char **ret_reply, struct tr_error *error)
{
    start(server, 8);
    struct tr_client *client = connect_to(server->path);
    int r = tr_call(client, "ListServers", NULL, ret_reply, error);
    tr_client_free(client);
    stop(server);
    return r;
}

static void test_call(void **state)
{
    struct server server = { SAYS("{\"parameters\":{\"a\":[1,\"\\u00e4\",true]}}"), .stays = true };
    char *reply = NULL;

    (void)state;
    start(&server, 8);
    struct tr_client *client = connect_to(server.path);
    assert_int_equal(tr_client_get_fd(client), -1);
    assert_int_equal(tr_call(client, "ListServers", NULL, &reply, NULL), 0);
    assert_string_equal(reply, "{\"a\":[1,\"\xc3\xa4\",true]}");
    assert_string_equal(server.received, "{\"method\":\"org.threatresponse.agent.ListServers\"}");
    free(reply);
    assert_int_equal(tr_call(client, "a.b.C", "{ \"token\" : \"x\" }", &reply, NULL), 0);
    assert_string_equal(server.received, "{\"method\":\"a.b.C\",\"parameters\":{\"token\":\"x\"}}");
    free(reply);
    assert_true(tr_client_get_fd(client) >= 0);
    tr_client_free(client);
    stop(&server);
    assert_int_equal(server.connections, 1);
}

static void test_forms(void **state)
{
    struct server servers[] = {
        { SAYS("{\"parameters\":{\"number\":17}}"), .by_bytes = true },
        { SAYS("{}") },
    };
    char *reply = NULL;

    (void)state;
    assert_int_equal(call_once(&servers[0], &reply, NULL), 0);
    assert_string_equal(reply, "{\"number\":17}");
    free(reply);
    assert_int_equal(call_once(&servers[1], &reply, NULL), 0);
    assert_string_equal(reply, "{}");
    free(reply);
}

static void test_error_reply(void **state)
{
    struct server server = { SAYS("{\"error\":\"org.threatresponse.agent.Refused\",\"parameters\":"
                                  "{\"reason\":\"busy\",\"message\":\"Is busy.\",\"remedy\":\"Wait.\"}}"),
        .stays = true };
    char *reply = NULL;
    struct tr_error error;

    (void)state;
    start(&server, 8);
    struct tr_client *client = connect_to(server.path);
    assert_int_equal(tr_call(client, "Register", "{\"token\":\"x\"}", &reply, &error), -EREMOTEIO);
    assert_null(reply);
    assert_int_equal(error.exit_class, TR_CLASS_BUSY);
    assert_string_equal(error.code, "org.threatresponse.agent.Refused");
    assert_string_equal(error.reason, "busy");
    assert_string_equal(error.message, "Is busy.");
    assert_string_equal(error.hint, "Wait.");
    assert_string_equal(tr_client_error_parameters(client),
        "{\"reason\":\"busy\",\"message\":\"Is busy.\",\"remedy\":\"Wait.\"}");
    /* The connection is as good as before. */
    assert_int_equal(tr_call(client, "Register", NULL, &reply, NULL), -EREMOTEIO);
    tr_client_free(client);
    stop(&server);
    assert_int_equal(server.connections, 1);
}

/* Refused as soon as it connects, as one connection too many is. */
static void test_refused_first(void **state)
{
    struct server server = { SAYS("{\"error\":\"x.y.TooMany\"}"), .speaks_first = true };
    struct tr_error error;
    char *reply = NULL;

    (void)state;
    assert_int_equal(call_once(&server, &reply, &error), -EREMOTEIO);
    assert_string_equal(error.code, "x.y.TooMany");
    assert_int_equal(error.exit_class, TR_CLASS_FAILED);
    assert_non_null(strstr(error.message, "x.y.TooMany"));
}

static void test_bad_replies(void **state)
{
    static const struct {
        const char *text;
        size_t size;
        int r;
        const char *code;
    } cases[] = {
        { "hello", 6, -EBADMSG, "bad_reply" },
        { "", 1, -EBADMSG, "bad_reply" },
        { "[]", 3, -EBADMSG, "bad_reply" },
        { "{\"parameters\":[]}", 18, -EBADMSG, "bad_reply" },
        { "{\"unknown\":1}", 14, -EBADMSG, "bad_reply" },
        { "{\"parameters\":{},\"continues\":true}", 35, -EBADMSG, "bad_reply" },
        { "", 0, -ECONNRESET, "closed" },
        { "{\"parameters\":{}", 16, -ECONNRESET, "closed" },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        struct server server = { .text = cases[i].text, .size = cases[i].size };
        struct tr_error error;
        char *reply = NULL;

        assert_int_equal(call_once(&server, &reply, &error), cases[i].r);
        assert_null(reply);
        assert_string_equal(error.code, cases[i].code);
        assert_int_equal(error.exit_class, TR_CLASS_UNREACHABLE);
        assert_true(error.message[0] && error.hint[0]);
    }
}

static void test_reply_too_long(void **state)
{
    static char text[TR_MESSAGE_MAX + 100];
    struct server server = { .text = text, .size = sizeof(text) };
    struct tr_error error;
    char *reply = NULL;

    (void)state;
    memset(text, ' ', sizeof(text));
    assert_int_equal(call_once(&server, &reply, &error), -EMSGSIZE);
    assert_string_equal(error.code, "bad_reply");
}

/* A daemon that was restarted between two calls is no failure. */
static void test_connects_again(void **state)
{
    struct server server = { SAYS("{\"parameters\":{}}") };
    char *reply = NULL;

    (void)state;
    start(&server, 8);
    struct tr_client *client = connect_to(server.path);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(tr_call(client, "A", NULL, &reply, NULL), 0);
        free(reply);
        struct pollfd hang_up = { .fd = tr_client_get_fd(client), .events = POLLIN };
        assert_int_equal(poll(&hang_up, 1, -1), 1);
    }
    tr_client_free(client);
    stop(&server);
    assert_int_equal(server.connections, 3);
}

/* What nobody asked for is never taken for the answer of the next call. */
static void test_unsolicited(void **state)
{
    struct server server = {
        .text = "{\"parameters\":{\"n\":1}}\0{\"parameters\":{\"n\":2}}", .size = 46, .stays = true
    };
    char *reply = NULL;

    (void)state;
    start(&server, 8);
    struct tr_client *client = connect_to(server.path);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(tr_call(client, "A", NULL, &reply, NULL), 0);
        assert_string_equal(reply, "{\"n\":1}");
        free(reply);
    }
    tr_client_free(client);
    stop(&server);
    assert_int_equal(server.connections, 2);
}

static void test_silent_server(void **state)
{
    struct server server = { .text = NULL };
    struct tr_status *status;
    struct tr_error error;

    (void)state;
    start(&server, 8);
    struct tr_client *client = connect_to(server.path);
    tr_client_set_timeout(client, SHORT_MS);
    assert_int_equal(tr_get_status(client, &status, &error), -ETIMEDOUT);
    assert_string_equal(error.code, "timed_out");
    assert_int_equal(error.exit_class, TR_CLASS_UNREACHABLE);
    assert_int_equal(tr_client_get_fd(client), -1);
    /* The first answer of a stream is due as well, however long the caller would wait. */
    assert_int_equal(tr_watch_start(client, &error), 0);
    assert_int_equal(tr_watch_next(client, 0, &status, &error), -EAGAIN);
    assert_int_equal(tr_watch_next(client, -1, &status, &error), -ETIMEDOUT);
    tr_client_free(client);
    stop(&server);
}

/* The queue of a stopped daemon's socket fills up; then even connecting blocks. */
static void test_full_queue(void **state)
{
    struct server server = { .text = NULL };
    struct tr_client *clients[3];
    struct tr_error error;

    (void)state;
    start(&server, 0);
    for (size_t i = 0; i < ELEMENTS(clients); i++) {
        clients[i] = connect_to(server.path);
        tr_client_set_timeout(clients[i], SHORT_MS);
    }
    assert_int_equal(tr_client_connect(clients[0], NULL), 0);
    assert_int_equal(tr_client_connect(clients[1], &error), -ETIMEDOUT);
    assert_string_equal(error.code, "timed_out");
    tr_client_set_timeout(clients[2], 0);
    assert_int_equal(tr_client_connect(clients[2], NULL), -ETIMEDOUT);
    for (size_t i = 0; i < ELEMENTS(clients); i++)
        tr_client_free(clients[i]);
    stop(&server);
}

static void check_connect(const char *path, int r, const char *code, enum tr_error_class exit_class)
{
    struct tr_client *client = connect_to(path);
    struct tr_error error;

    assert_int_equal(tr_client_connect(client, &error), r);
    assert_string_equal(error.code, code);
    assert_int_equal(error.exit_class, exit_class);
    assert_true(error.message[0] && error.hint[0]);
    tr_client_free(client);
}

/* complaint("socket: a missing permission and a missing daemon are reported as EOF") */
static void test_no_daemon(void **state)
{
    struct server server = { .text = NULL };
    char path[200];

    (void)state;
    start(&server, 8);
    snprintf(path, sizeof(path), "%s/absent", server.directory);
    check_connect(path, -ENOENT, "not_running", TR_CLASS_UNREACHABLE);
    memset(path, 'x', sizeof(path) - 1);
    path[sizeof(path) - 1] = 0;
    check_connect(path, -ENAMETOOLONG, "bad_parameters", TR_CLASS_USAGE);
    check_connect("", -EINVAL, "bad_parameters", TR_CLASS_USAGE);

    close(server.fd);
    check_connect(server.path, -ECONNREFUSED, "not_running", TR_CLASS_UNREACHABLE);

    /* Root may use any socket. */
    assert_int_equal(chmod(server.path, 0), 0);
    bool root = geteuid() == 0;
    assert_true(!root || seteuid(65534) == 0);
    check_connect(server.path, -EACCES, "permission_denied", TR_CLASS_DENIED);
    assert_true(!root || seteuid(0) == 0);
    stop(&server);
}

static void test_bad_parameters(void **state)
{
    struct server server = { SAYS("{}") };
    struct tr_error error;
    char *reply = NULL, name[300];

    (void)state;
    start(&server, 8);
    struct tr_client *client = connect_to(server.path);
    assert_int_equal(tr_call(client, "A", "[1]", &reply, &error), -EINVAL);
    assert_string_equal(error.code, "bad_parameters");
    assert_int_equal(error.exit_class, TR_CLASS_USAGE);
    assert_int_equal(tr_call(client, "A", "{\"a\":1,\"a\":2}", &reply, NULL), -EINVAL);
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = 0;
    assert_int_equal(tr_call(client, name, NULL, &reply, NULL), -EINVAL);
    tr_client_free(client);
    stop(&server);
    assert_int_equal(server.connections, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_call),
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_error_reply),
        cmocka_unit_test(test_refused_first),
        cmocka_unit_test(test_bad_replies),
        cmocka_unit_test(test_reply_too_long),
        cmocka_unit_test(test_connects_again),
        cmocka_unit_test(test_unsolicited),
        cmocka_unit_test(test_silent_server),
        cmocka_unit_test(test_full_queue),
        cmocka_unit_test(test_no_daemon),
        cmocka_unit_test(test_bad_parameters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
