/* Single messages on a socket whose other end the test holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>

#include "client/exchange.h"
#include "client/pending.h"

static struct tr_client *client;
static int server;

static int set_up(void **state)
{
    int fds[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    server = fds[1];
    return tr_client_new_fd(fds[0], &client);
}

static int tear_down(void **state)
{
    (void)state;
    client = tr_client_free(client);
    server = safe_close(server);
    return 0;
}

static void say(const char *text)
{
    assert_int_equal(write(server, text, strlen(text) + 1), strlen(text) + 1);
}

static void expect_received(const char *text)
{
    char got[256] = "";

    assert_true(recv(server, got, sizeof(got) - 1, MSG_DONTWAIT) >= 0 || errno == EAGAIN);
    assert_string_equal(got, text);
}

/* A queued call is not sent yet. A method without an interface is one of the agent's. */
static void test_queue(void **state)
{
    (void)state;
    assert_int_equal(client_queue(client, "Commit", "{\"a\":1}", true, -1, NULL), 0);
    expect_received("");
    assert_int_equal(varlink_stream_flush(&client->stream), 0);
    expect_received(
        "{\"method\":\"org.threatresponse.agent.Commit\",\"parameters\":{\"a\":1},\"more\":true}");
    assert_int_equal(client_send(client, "a.b.C", NULL, false, -1, NULL), 0);
    expect_received("{\"method\":\"a.b.C\"}");
}

static void expect_refused(const char *method, const char *parameters, int r, const char *code)
{
    struct tr_error error;

    assert_int_equal(client_send(client, method, parameters, false, -1, &error), r);
    assert_string_equal(error.code, code);
    expect_received("");
}

static void test_bad_calls(void **state)
{
    char *text = malloc(TR_MESSAGE_MAX + 64), name[256];

    (void)state;
    expect_refused("A", "[1]", -EINVAL, "bad_parameters");
    expect_refused("A", "{\"a\":1,\"a\":2}", -EINVAL, "bad_parameters");
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = 0;
    expect_refused(name, NULL, -EINVAL, "bad_parameters");
    snprintf(text, TR_MESSAGE_MAX + 64, "{\"a\":\"%0*d\"}", TR_MESSAGE_MAX, 0);
    expect_refused("A", text, -EMSGSIZE, "bad_parameters");
    free(text);
}

/* Reads as many bytes as it is told from the other end, some at a time. */
static void *read_slowly(void *userdata)
{
    size_t left = *(size_t *)userdata;
    char bytes[4096];
    ssize_t n;

    while (left > 0 && (n = recv(server, bytes, left < sizeof(bytes) ? left : sizeof(bytes), 0)) > 0)
        left -= (size_t)n;
    return NULL;
}

/* A call that no socket takes at once is sent to its end, or fails when its time is over. */
static void test_long_call(void **state)
{
    size_t size = TR_MESSAGE_MAX - 1024;
    char *text = malloc(size + 64);
    struct tr_error error;
    pthread_t thread;

    (void)state;
    snprintf(text, size + 64, "{\"a\":\"%0*d\"}", (int)size, 0);
    size = strlen(text) + strlen("{\"method\":\"a.b.C\",\"parameters\":}") + 1;
    assert_int_equal(pthread_create(&thread, NULL, read_slowly, &size), 0);
    assert_int_equal(client_send(client, "a.b.C", text, false, -1, &error), 0);
    assert_int_equal(varlink_stream_pending(&client->stream), 0);
    pthread_join(thread, NULL);

    assert_int_equal(client_send(client, "a.b.C", text, false, client_due(20), &error), -ETIMEDOUT);
    assert_string_equal(error.code, "timed_out");
    assert_int_equal(tr_client_get_fd(client), -1);
    free(text);
}

static void ignore_end(void *userdata, int result, const char *reply, const struct tr_error *error)
{
    (void)userdata, (void)result, (void)reply, (void)error;
}

/* One thing at a time: a stream, or calls under way, or a call that is waited for. */
static void test_busy(void **state)
{
    (void)state;
    client->streaming = true;
    expect_refused("A", NULL, -EBUSY, "busy_client");
    client->streaming = false;
    client->resumption.lost = true;
    expect_refused("A", NULL, -EBUSY, "busy_client");
    client->resumption.lost = false;
    client_add_call(client, client_call_new(-1, ignore_end, NULL));
    expect_refused("A", NULL, -EBUSY, "busy_client");
}

static void test_receive(void **state)
{
    struct varlink_reply reply;
    char *text = NULL;

    (void)state;
    say("{\"parameters\":{\"n\":1}}");
    assert_int_equal(client_receive(client, -1, &reply, NULL), 0);
    assert_int_equal(client_take_text(&reply, &text, NULL), 0);
    assert_string_equal(text, "{\"n\":1}");
    assert_null(reply.message);
    free(text);
    say("{}");
    assert_int_equal(client_receive(client, -1, &reply, NULL), 0);
    assert_int_equal(client_take_text(&reply, &text, NULL), 0);
    assert_string_equal(text, "{}");
    free(text);
}

/* A timeout leaves the connection as it is. */
static void test_next_message(void **state)
{
    struct varlink_reply reply;

    (void)state;
    assert_int_equal(client_next_message(client, 0, &reply), -ETIMEDOUT);
    assert_int_equal(write(server, "{\"continues\"", 12), 12);
    assert_int_equal(client_next_message(client, 0, &reply), -ETIMEDOUT);
    say(":true}");
    assert_int_equal(client_next_message(client, 0, &reply), 0);
    assert_true(reply.continues);
    varlink_reply_done(&reply);
    server = safe_close(server);
    assert_int_equal(client_next_message(client, -1, &reply), -ECONNRESET);
    assert_true(tr_client_get_fd(client) >= 0);
}

/* The connection ends, since its next message could belong to anything. */
static void test_give_up(void **state)
{
    static const struct {
        const char *text;
        int r;
        const char *code;
    } cases[] = {
        { "nonsense", -EBADMSG, "bad_reply" },
        { "{\"continues\":true}", -EBADMSG, "bad_reply" },
        { NULL, -ETIMEDOUT, "timed_out" },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        struct varlink_reply reply;
        struct tr_error error;

        if (cases[i].text)
            say(cases[i].text);
        assert_int_equal(client_receive(client, 0, &reply, &error), cases[i].r);
        assert_string_equal(error.code, cases[i].code);
        assert_int_equal(tr_client_get_fd(client), -1);
        tear_down(state);
        set_up(state);
    }
}

/* An error is an answer: the connection stays, unless it came before the call had been sent. */
static void test_error(void **state)
{
    struct varlink_reply reply;
    struct tr_error error;

    (void)state;
    say("{\"error\":\"x.y.Z\",\"parameters\":{\"a\":1}}");
    assert_int_equal(client_receive(client, -1, &reply, &error), -EREMOTEIO);
    assert_string_equal(error.code, "x.y.Z");
    assert_string_equal(client->error_parameters, "{\"a\":1}");
    assert_true(tr_client_get_fd(client) >= 0);

    assert_int_equal(client_queue(client, "A", NULL, false, -1, NULL), 0);
    say("{\"error\":\"x.y.TooMany\"}");
    assert_int_equal(client_receive(client, -1, &reply, &error), -EREMOTEIO);
    assert_string_equal(client->error_parameters, "{}");
    assert_int_equal(tr_client_get_fd(client), -1);
}

/* Everything that runs on the connection ends with it. */
static void test_disconnect(void **state)
{
    (void)state;
    client->streaming = client->resumption.lost = true;
    client->resumption.method = strdup("A");
    client_add_call(client, client_call_new(-1, ignore_end, NULL));
    client_disconnect(client);
    assert_int_equal(tr_client_get_fd(client), -1);
    assert_false(client->streaming);
    assert_null(client->resumption.method);
    assert_false(client->resumption.lost);
    assert_null(client->calls);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_queue),
        TEST(test_bad_calls),
        TEST(test_long_call),
        TEST(test_busy),
        TEST(test_receive),
        TEST(test_next_message),
        TEST(test_give_up),
        TEST(test_error),
        TEST(test_disconnect),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
