/* Streams and watches on a socket whose other end the test holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <sys/socket.h>

#include "client/stream.h"

#define SERVER "{\"number\":2,\"label\":\"EUROPE\",\"fqdn\":\"eu.example\",\"supported\":true}"
#define MINIMAL(registration)                                                                                \
    "{\"status\":{\"version\":\"1\",\"product\":\"P\",\"name\":\"n\",\"enabled\":false,\"server\":" SERVER   \
    ",\"revision\":0,\"staged\":[],\"registration\":" registration "}}"
#define UNREGISTERED "{\"state\":\"unregistered\",\"since\":5,\"running\":false,\"attempt\":0}"

static void say(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text) + 1, MSG_NOSIGNAL), strlen(text) + 1);
}

static void test_watch(void **state)
{
    struct tr_status *status = NULL;
    struct tr_client *client;
    struct tr_error error;
    char received[256] = "", *reply = NULL;
    int fds[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    assert_int_equal(tr_client_new_fd(fds[0], &client), 0);
    assert_int_equal(tr_client_get_fd(client), fds[0]);
    assert_int_equal(tr_watch_next(client, 0, &status, NULL), -ENOTCONN);

    assert_int_equal(tr_watch_start(client, NULL), 0);
    assert_true(recv(fds[1], received, sizeof(received), 0) > 0);
    assert_string_equal(received, "{\"method\":\"org.threatresponse.agent.GetStatus\",\"more\":true}");
    assert_int_equal(tr_watch_next(client, 0, &status, NULL), -EAGAIN);
    assert_int_equal(tr_call(client, "GetStatus", NULL, &reply, &error), -EBUSY);
    assert_string_equal(error.code, "busy_client");

    say(fds[1], "{\"parameters\":" MINIMAL(UNREGISTERED) ",\"continues\":true}");
    assert_int_equal(tr_watch_next(client, -1, &status, NULL), 1);
    assert_int_equal(status->registration->state, TR_STATE_UNREGISTERED);
    status = tr_status_free(status);
    assert_int_equal(tr_watch_next(client, 0, &status, NULL), -EAGAIN);

    /* The last answer ends the stream, and the connection takes calls again. */
    say(fds[1], "{\"parameters\":" MINIMAL(UNREGISTERED) "}");
    assert_int_equal(tr_watch_next(client, -1, &status, NULL), 0);
    status = tr_status_free(status);
    assert_int_equal(tr_stream_start(client, "Check", NULL, NULL), 0);
    say(fds[1], "{\"parameters\":{\"n\":1}}");
    assert_int_equal(tr_stream_next(client, -1, &reply, NULL), 0);
    assert_string_equal(reply, "{\"n\":1}");
    free(reply);

    /* A message comes without a call, and a client of a descriptor can't connect again. */
    say(fds[1], "{\"parameters\":{\"n\":2}}");
    assert_int_equal(tr_call(client, "Check", NULL, &reply, NULL), -ECONNRESET);
    tr_client_free(client);
    close(fds[1]);
}

static void test_watch_ends(void **state)
{
    static const struct {
        const char *text;
        int r;
    } cases[] = {
        { "{\"error\":\"x.y.Z\"}", -EREMOTEIO },
        { "{\"parameters\":{\"status\":{}},\"continues\":true}", -EBADMSG },
        { "nonsense", -EBADMSG },
        { NULL, -ECONNRESET },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        struct tr_status *status = NULL;
        struct tr_client *client;
        int fds[2];

        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
        assert_int_equal(tr_client_new_fd(fds[0], &client), 0);
        assert_int_equal(tr_watch_start(client, NULL), 0);
        if (cases[i].text)
            say(fds[1], cases[i].text);
        else
            close(fds[1]);
        assert_int_equal(tr_watch_next(client, -1, &status, NULL), cases[i].r);
        assert_null(status);
        assert_int_equal(tr_watch_next(client, -1, &status, NULL), -ENOTCONN);
        tr_client_free(client);
        if (cases[i].text)
            close(fds[1]);
    }
    assert_int_equal(tr_client_new_fd(-1, &(struct tr_client *){ NULL }), -EINVAL);
}

/* The first answer is due within the client's time limit, and only the first. */
static void test_first_answer(void **state)
{
    struct varlink_reply reply;
    struct tr_client *client;
    struct tr_error error;
    int fds[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    assert_int_equal(tr_client_new_fd(fds[0], &client), 0);
    tr_client_set_timeout(client, 60000);
    assert_int_equal(tr_stream_start(client, "Check", NULL, NULL), 0);
    assert_true(client->streaming && client->first_due > client_now());
    say(fds[1], "{\"continues\":true}");
    assert_int_equal(client_receive_next(client, -1, &reply, NULL), 1);
    varlink_reply_done(&reply);
    assert_int_equal(client->first_due, -1);

    tr_client_set_timeout(client, 0);
    assert_int_equal(client_receive_next(client, 0, &reply, NULL), -EAGAIN);
    assert_true(client->streaming);
    tr_client_disconnect(client);
    close(fds[1]);
    tr_client_free(client);

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    assert_int_equal(tr_client_new_fd(fds[0], &client), 0);
    tr_client_set_timeout(client, 0);
    assert_int_equal(tr_stream_start(client, "Check", NULL, NULL), 0);
    assert_int_equal(client_receive_next(client, -1, &reply, &error), -ETIMEDOUT);
    assert_string_equal(error.code, "timed_out");
    assert_false(client->streaming);
    close(fds[1]);
    tr_client_free(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_watch),
        cmocka_unit_test(test_watch_ends),
        cmocka_unit_test(test_first_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
