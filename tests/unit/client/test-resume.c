/* Streams of the client library that outlive their connection, against a server that hangs up after each answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <sys/stat.h>

#include "client/connection.h"
#include "unit/helpers/text-server.h"

static struct tr_client *client_of(const struct text_server *server)
{
    struct tr_client *client = text_server_client(server);

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

/* Each loss is reported once, and the same call is sent again. */
static void test_again_and_again(void **state)
{
    struct text_server server = { SAYS(CONTINUES) };

    (void)state;
    text_server_start(&server, 8);
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
    text_server_stop(&server);
}

/* The daemon is away, with and without its socket. */
static void test_absence(void **state)
{
    (void)state;
    for (int leave = 0; leave < 2; leave++) {
        struct text_server server = { SAYS(CONTINUES) };
        struct tr_error error = { .code = "untouched" };
        char *reply = NULL;

        text_server_start(&server, 8);
        struct tr_client *client = client_of(&server);
        assert_int_equal(tr_stream_start(client, "GetStatus", NULL, NULL), 0);
        expect(client, "{\"n\":1}");
        expect_lost(client);
        text_server_leave(&server);
        if (!leave)
            unlink(server.path);

        /* The time limit of calls does not end the watch. Other calls are refused. */
        tr_client_set_timeout(client, 10);
        for (int i = 0; i < 4; i++)
            assert_int_equal(tr_stream_next(client, i == 3 ? 60 : 0, &reply, &error), -EAGAIN);
        assert_string_equal(error.code, "untouched");
        assert_int_equal(tr_call(client, "ListServers", NULL, &reply, &error), -EBUSY);

        unlink(server.path);
        tr_client_set_timeout(client, 10000);
        server.mute = 2; /* starts and falls again, twice */
        text_server_start(&server, 8);
        expect(client, "{\"n\":1}");
        assert_int_equal(server.connections, 4);
        tr_client_free(client);
        text_server_stop(&server);
    }
}

/* The stream ends if it has never been answered, with an error, and with its last answer. */
static void test_ends(void **state)
{
    struct text_server server = { SAYS("{\"error\":\"x.y.Z\"}"), .mute = 1 };
    struct tr_error error;
    char *reply = NULL;

    (void)state;
    text_server_start(&server, 8);
    struct tr_client *client = client_of(&server);
    assert_int_equal(tr_stream_start(client, "GetStatus", NULL, NULL), 0);
    assert_int_equal(tr_stream_next(client, -1, &reply, &error), -ECONNRESET);
    assert_string_equal(error.code, "closed");
    start_anew(client);
    assert_int_equal(tr_stream_next(client, -1, &reply, &error), -EREMOTEIO);
    assert_int_equal(tr_stream_next(client, -1, &reply, &error), -ENOTCONN);

    SAY(&server, CONTINUES);
    start_anew(client);
    expect(client, "{\"n\":1}");
    SAY(&server, "{\"error\":\"x.y.Z\"}");
    expect_lost(client);
    assert_int_equal(tr_stream_next(client, -1, &reply, &error), -EREMOTEIO);
    assert_string_equal(error.code, "x.y.Z");
    assert_int_equal(tr_stream_next(client, 0, &reply, &error), -ENOTCONN);

    SAY(&server, "{\"parameters\":{}}");
    start_anew(client);
    assert_int_equal(tr_stream_next(client, -1, &reply, &error), 0);
    free(reply);
    assert_int_equal(tr_stream_next(client, -1, &reply, &error), -ENOTCONN);

    /* Not asked to. */
    SAY(&server, CONTINUES);
    tr_client_set_reconnect(client, false);
    start_anew(client);
    expect(client, "{\"n\":1}");
    assert_int_equal(tr_stream_next(client, -1, &reply, &error), -ECONNRESET);
    tr_client_free(client);
    text_server_stop(&server);
}

/* Failures to connect: those that mean that the daemon is away are waited for, any other ends the stream with its error,
 * once. Root, who may connect everywhere, becomes somebody else for a while. */
static void test_failures(void **state)
{
    static const struct {
        int r;
        bool waits;
        const char *code;
    } cases[] = {
        { -ENOENT, true, "untouched" },
        { -ECONNREFUSED, true, "untouched" },
        { -EACCES, false, "permission_denied" },
        { -ENAMETOOLONG, false, "bad_parameters" },
        { -ELOOP, false, "failed" },
        { -EPROTOTYPE, false, "failed" },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        struct text_server server = { SAYS(CONTINUES) };
        struct tr_error error = { .code = "untouched" };
        struct stat st;
        char *reply = NULL;
        int fd = -1;

        text_server_start(&server, 8);
        struct tr_client *client = client_of(&server);
        assert_int_equal(tr_stream_start(client, "GetStatus", NULL, NULL), 0);
        expect(client, "{\"n\":1}");
        expect_lost(client);
        text_server_leave(&server);
        if (cases[i].r != -ECONNREFUSED && cases[i].r != -EACCES)
            unlink(server.path);
        if (cases[i].r == -ELOOP)
            assert_int_equal(symlink(server.path, server.path), 0);
        if (cases[i].r == -EPROTOTYPE)
            fd = text_server_bind(SOCK_DGRAM, server.path);
        if (cases[i].r == -EACCES)
            assert_int_equal(chmod(server.directory, 0) | (getuid() == 0 ? seteuid(65534) : 0), 0);
        if (cases[i].r == -ENAMETOOLONG) {
            free(client->path);
            client->path = calloc(1, 4096);
            memset(client->path, 'p', 4095);
        }
        int r = tr_stream_next(client, 50, &reply, &error);
        if (cases[i].r == -EACCES)
            assert_int_equal((getuid() == 0 ? seteuid(0) : 0) | chmod(server.directory, 0700), 0);
        assert_int_equal(r, cases[i].waits ? -EAGAIN : cases[i].r);
        assert_string_equal(error.code, cases[i].code);
        assert_int_equal(client->resumption.lost, cases[i].waits);
        assert_int_equal(tr_stream_next(client, 0, &reply, &error), cases[i].waits ? -EAGAIN : -ENOTCONN);
        tr_client_free(client);
        safe_close(fd);
        text_server_stop(&server);
        assert_int_equal(stat(server.directory, &st), -1);
    }
}

/* After the last reply there is nothing to resume. */
static void test_last_reply(void **state)
{
    struct text_server server = { SAYS("{\"parameters\":{\"n\":2}}") };
    char *reply = NULL;

    (void)state;
    text_server_start(&server, 8);
    struct tr_client *client = client_of(&server);
    assert_int_equal(tr_stream_start(client, "a.b.C", "{\"x\":1}", NULL), 0);
    assert_string_equal(client->resumption.method, "a.b.C");
    assert_int_equal(tr_stream_next(client, -1, &reply, NULL), 0);
    assert_string_equal(reply, "{\"n\":2}");
    free(reply);
    assert_null(client->resumption.method);
    assert_int_equal(tr_stream_next(client, 100, &reply, NULL), -ENOTCONN);

    assert_int_equal(server.connections, 1);
    tr_client_free(client);
    text_server_stop(&server);
}

static void on_alarm(int number)
{
    (void)number;
}

/* A signal interrupts the wait for the daemon. Disconnecting ends the stream. */
static void test_interrupted(void **state)
{
    const struct sigaction action = { .sa_handler = on_alarm };
    struct text_server server = { SAYS(CONTINUES) };
    char *reply = NULL;

    (void)state;
    sigaction(SIGALRM, &action, NULL);
    text_server_start(&server, 8);
    struct tr_client *client = client_of(&server);
    assert_int_equal(tr_stream_start(client, "GetStatus", NULL, NULL), 0);
    expect(client, "{\"n\":1}");
    expect_lost(client);
    text_server_stop(&server);
    alarm(1);
    assert_int_equal(tr_stream_next(client, -1, &reply, NULL), -EINTR);
    assert_int_equal(tr_stream_next(client, 0, &reply, NULL), -EAGAIN);
    tr_client_disconnect(client);
    assert_int_equal(tr_stream_next(client, 0, &reply, NULL), -ENOTCONN);
    tr_client_free(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_again_and_again),
        cmocka_unit_test(test_absence),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_last_reply),
        cmocka_unit_test(test_interrupted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
