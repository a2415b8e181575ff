/* Streams of the client library that outlive their connection, against a server that hangs up after each answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "common/memory.h"
#include "threatresponse.h"

struct server {
    char directory[64], path[96];
    int fd, connections, mute; /* mute: so many connections are closed without an answer */
    const char *text;
    pthread_t thread;
    char received[256];
};

static void *serve(void *userdata)
{
    struct server *server = userdata;
    int fd;

    while ((fd = accept(server->fd, NULL, NULL)) >= 0) {
        size_t n = 0;

        server->connections++;
        while (
            n < sizeof(server->received) && recv(fd, server->received + n, 1, 0) == 1 && server->received[n])
            n++;
        if (server->mute > 0)
            server->mute--;
        else
            assert_int_equal(
                send(fd, server->text, strlen(server->text) + 1, MSG_NOSIGNAL), strlen(server->text) + 1);
        close(fd);
    }
    return NULL;
}

static void start(struct server *server)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    if (!server->directory[0]) {
        strcpy(server->directory, "/tmp/test-resume-XXXXXX");
        assert_non_null(mkdtemp(server->directory));
        snprintf(server->path, sizeof(server->path), "%s/socket", server->directory);
    }
    strcpy(address.sun_path, server->path);
    server->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server->fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(server->fd, 8), 0);
    assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
}

static void stop(struct server *server, bool leave_socket)
{
    shutdown(server->fd, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->fd);
    if (!leave_socket)
        unlink(server->path);
}

static struct tr_client *client_of(const struct server *server)
{
    struct tr_client *client = NULL;

    assert_int_equal(tr_client_new(server->path, &client), 0);
    tr_client_set_reconnect(client, true);
    return client;
}

static void expect(struct tr_client *client, const char *text)
{
    char *reply = NULL;

    assert_int_equal(tr_stream_next(client, -1, &reply, NULL), 1);
    assert_string_equal(reply, text);
    free(reply);
}

static void expect_lost(struct tr_client *client)
{
    char *reply = (char *)(uintptr_t)1;

    assert_int_equal(tr_stream_next(client, -1, &reply, NULL), TR_STREAM_LOST);
    assert_null(reply);
    assert_int_equal(tr_client_get_fd(client), -1);
}

/* Begins a stream on a connection of its own: the server may not have closed the old one yet. */
static void start_anew(struct tr_client *client)
{
    tr_client_disconnect(client);
    assert_int_equal(tr_stream_start(client, "GetStatus", NULL, NULL), 0);
}

#define CONTINUES "{\"parameters\":{\"n\":1},\"continues\":true}"

/* Each loss is told once; the same call is sent again. */
static void test_again_and_again(void **state)
{
    struct server server = { .text = CONTINUES };

    (void)state;
    start(&server);
    struct tr_client *client = client_of(&server);
    assert_int_equal(tr_stream_start(client, "a.b.C", "{\"x\":1}", NULL), 0);
    for (int i = 0; i < 3; i++) {
        expect(client, "{\"n\":1}");
        expect_lost(client);
        assert_int_equal(server.connections, i + 1);
        memset(server.received, 0, sizeof(server.received));
    }
    expect(client, "{\"n\":1}");
    assert_string_equal(server.received, "{\"method\":\"a.b.C\",\"parameters\":{\"x\":1},\"more\":true}");
    tr_client_free(client);
    stop(&server, false);
    rmdir(server.directory);
}

/* While the daemon is away, whatever it left behind. */
static void test_absence(void **state)
{
    (void)state;
    for (int leave = 0; leave < 2; leave++) {
        struct server server = { .text = CONTINUES };
        struct tr_error error = { .code = "untouched" };
        char *reply = NULL;

        start(&server);
        struct tr_client *client = client_of(&server);
        assert_int_equal(tr_stream_start(client, "GetStatus", NULL, NULL), 0);
        expect(client, "{\"n\":1}");
        expect_lost(client);
        stop(&server, leave);

        /* No time limit of a call ends the watch, and other calls have to wait. */
        tr_client_set_timeout(client, 10);
        for (int i = 0; i < 4; i++)
            assert_int_equal(tr_stream_next(client, i == 3 ? 60 : 0, &reply, &error), -EAGAIN);
        assert_string_equal(error.code, "untouched");
        assert_int_equal(tr_call(client, "ListServers", NULL, &reply, &error), -EBUSY);

        unlink(server.path);
        tr_client_set_timeout(client, 10000);
        server.mute = 2; /* it starts and falls again, twice */
        start(&server);
        expect(client, "{\"n\":1}");
        assert_int_equal(server.connections, 4);
        tr_client_free(client);
        stop(&server, false);
        rmdir(server.directory);
    }
}

/* What does not get better by waiting ends the stream: no answer at first, an error, the last answer. */
static void test_ends(void **state)
{
    struct server server = { .text = "{\"error\":\"x.y.Z\"}", .mute = 1 };
    struct tr_error error;
    char *reply = NULL;

    (void)state;
    start(&server);
    struct tr_client *client = client_of(&server);
    assert_int_equal(tr_stream_start(client, "GetStatus", NULL, NULL), 0);
    assert_int_equal(tr_stream_next(client, -1, &reply, &error), -ECONNRESET);
    assert_string_equal(error.code, "closed");
    start_anew(client);
    assert_int_equal(tr_stream_next(client, -1, &reply, &error), -EREMOTEIO);
    assert_int_equal(tr_stream_next(client, -1, &reply, &error), -ENOTCONN);

    server.text = CONTINUES;
    start_anew(client);
    expect(client, "{\"n\":1}");
    server.text = "{\"error\":\"x.y.Z\"}";
    expect_lost(client);
    assert_int_equal(tr_stream_next(client, -1, &reply, &error), -EREMOTEIO);
    assert_string_equal(error.code, "x.y.Z");
    assert_int_equal(tr_stream_next(client, 0, &reply, &error), -ENOTCONN);

    server.text = "{\"parameters\":{}}";
    start_anew(client);
    assert_int_equal(tr_stream_next(client, -1, &reply, &error), 0);
    free(reply);
    assert_int_equal(tr_stream_next(client, -1, &reply, &error), -ENOTCONN);

    /* Not asked to. */
    server.text = CONTINUES;
    tr_client_set_reconnect(client, false);
    start_anew(client);
    expect(client, "{\"n\":1}");
    assert_int_equal(tr_stream_next(client, -1, &reply, &error), -ECONNRESET);
    tr_client_free(client);
    stop(&server, false);
    rmdir(server.directory);
}

static void on_alarm(int number)
{
    (void)number;
}

/* A signal is told during the wait for the daemon, too; disconnecting ends the stream. */
static void test_interrupted(void **state)
{
    const struct sigaction action = { .sa_handler = on_alarm };
    struct server server = { .text = CONTINUES };
    char *reply = NULL;

    (void)state;
    sigaction(SIGALRM, &action, NULL);
    start(&server);
    struct tr_client *client = client_of(&server);
    assert_int_equal(tr_stream_start(client, "GetStatus", NULL, NULL), 0);
    expect(client, "{\"n\":1}");
    expect_lost(client);
    stop(&server, false);
    alarm(1);
    assert_int_equal(tr_stream_next(client, -1, &reply, NULL), -EINTR);
    assert_int_equal(tr_stream_next(client, 0, &reply, NULL), -EAGAIN);
    tr_client_disconnect(client);
    assert_int_equal(tr_stream_next(client, 0, &reply, NULL), -ENOTCONN);
    tr_client_free(client);
    rmdir(server.directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_again_and_again),
        cmocka_unit_test(test_absence),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_interrupted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
