/* The loop on a socket whose other end the test holds. */
#include "worker/methods/serve.h"

#include "common/json.h"
#include "common/log.h"
#include "unit/helpers/test-certificates.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>

static int ends[2];
static char confined[256]; /* the anchors of each call of the confiner */

static int set_up(void **state)
{
    (void)state;
    log_set_level(LOG_EMERG);
    signal(SIGPIPE, SIG_IGN);
    confined[0] = 0;
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
}

static int tear_down(void **state)
{
    (void)state;
    safe_close(ends[0]);
    safe_close(ends[1]);
    return 0;
}

static void confine(const char *ca_bundle, const char *ca_file)
{
    size_t used = strlen(confined);

    snprintf(confined + used, sizeof(confined) - used, "%s,%s;", ca_bundle ? ca_bundle : "-",
        ca_file ? ca_file : "-");
}

/* Sends the bytes, ends the input, and serves. The replies are in ends[1]. */
static int serve_bytes(const char *bytes, size_t size)
{
    assert_int_equal(send(ends[1], bytes, size, 0), size);
    assert_int_equal(shutdown(ends[1], SHUT_WR), 0);
    int r = serve(ends[0], ends[0], confine);
    ends[0] = safe_close(ends[0]);
    return r;
}

#define SERVE(text) serve_bytes(text, sizeof(text))

/* Returns the next reply, or an empty text at the end; it lasts until the next one. */
static const char *next_reply(void)
{
    static char text[8192];
    size_t n = 0;

    while (n < sizeof(text) && recv(ends[1], text + n, 1, 0) == 1 && text[n])
        n++;
    text[n < sizeof(text) ? n : sizeof(text) - 1] = 0;
    return text;
}

#define GENERATE                                                                                             \
    "{\"method\":\"org.threatresponse.worker.GenerateKey\",\"parameters\":{\"keyType\":\"ec_p256\"}"
#define UNKNOWN "{\"method\":\"org.threatresponse.worker.Nothing\"}"

/* Each call is answered, in order; a call with oneway only runs. */
static void test_calls(void **state)
{
    (void)state;
    assert_int_equal(SERVE(GENERATE "}\0" GENERATE ",\"oneway\":true}\0" UNKNOWN "\0" GENERATE "}"), 0);
    assert_non_null(strstr(next_reply(), "-----BEGIN PRIVATE KEY-----"));
    assert_non_null(strstr(next_reply(), "MethodNotFound"));
    assert_non_null(strstr(next_reply(), "-----BEGIN PRIVATE KEY-----"));
    assert_string_equal(next_reply(), "");
    assert_string_equal(confined, "");
}

#define ACTIVATE(files)                                                                                      \
    "{\"method\":\"org.threatresponse.worker.Activate\",\"parameters\":{\"network\":{" files                 \
    "\"connectTimeout\":1,\"timeout\":1},\"url\":\"http://a.example/\",\"token\":\"t\"}}"

/* The first call with a network confines the process to its files. A malformed call does not. */
static void test_confinement(void **state)
{
    (void)state;
    assert_int_equal(
        SERVE(
            "{\"method\":\"org.threatresponse.worker.Activate\",\"parameters\":{\"network\":{}}}\0" ACTIVATE(
                "\"caBundle\":\"/b\",\"caFile\":\"/f\",") "\0" ACTIVATE("\"caFile\":\"/g\",")),
        0);
    assert_string_equal(confined, "/b,/f;");
    for (int i = 0; i < 3; i++)
        assert_non_null(strstr(next_reply(), "InvalidParameter"));
}

static void test_nothing(void **state)
{
    (void)state;
    assert_int_equal(serve_bytes("", 0), 0);
}

static void test_bad_messages(void **state)
{
    (void)state;
    assert_int_equal(SERVE("hello"), -EBADMSG);
    assert_string_equal(next_reply(), "");
    tear_down(state);
    set_up(state);
    /* The input ends within a message. */
    assert_int_equal(serve_bytes(GENERATE, 20), -EBADMSG);
}

static void test_message_too_long(void **state)
{
    static char text[(1 << 20) + 1];
    pid_t pid;

    (void)state;
    memset(text, ' ', sizeof(text));
    pid = fork();
    if (pid == 0) {
        size_t sent = 0;
        ssize_t n;

        close(ends[0]);
        while (sent < sizeof(text) && (n = send(ends[1], text + sent, sizeof(text) - sent, 0)) > 0)
            sent += (size_t)n;
        _exit(0);
    }
    assert_int_equal(serve(ends[0], ends[0], confine), -EMSGSIZE);
}

/* A caller that hangs up before it is answered is no failure. */
static void test_hung_up(void **state)
{
    (void)state;
    assert_int_equal(send(ends[1], GENERATE "}", sizeof(GENERATE "}"), 0), sizeof(GENERATE "}"));
    ends[1] = safe_close(ends[1]);
    assert_int_equal(serve(ends[0], ends[0], confine), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_calls),
        TEST(test_confinement),
        TEST(test_nothing),
        TEST(test_bad_messages),
        TEST(test_message_too_long),
        TEST(test_hung_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
