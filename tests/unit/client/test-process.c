/* Calls that do not wait, on a socket whose other end the test holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>

#include "common/memory.h"
#include "threatresponse.h"

enum {
    ENDS_MAX = 16,
};

/* The arguments of the callbacks, in order. */
static struct end {
    int number, result;
    char reply[128], code[96];
} ends[ENDS_MAX];
static size_t n_ends;

static struct tr_client *client;
static int server;
static int numbers[ENDS_MAX];

static int set_up(void **state)
{
    int fds[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    assert_int_equal(tr_client_new_fd(fds[0], &client), 0);
    server = fds[1];
    n_ends = 0;
    for (int i = 0; i < ENDS_MAX; i++)
        numbers[i] = i;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    client = tr_client_free(client);
    server = safe_close(server);
    return 0;
}

static void on_end(void *userdata, int result, const char *reply, const struct tr_error *error)
{
    struct end *end = &ends[n_ends++];

    assert_true((result == 0) == (reply != NULL) && (result == 0) == (error == NULL));
    *end = (struct end){ .number = *(int *)userdata, .result = result };
    snprintf(end->reply, sizeof(end->reply), "%s", reply ? reply : "");
    snprintf(end->code, sizeof(end->code), "%s", error ? error->code : "");
}

static void begin(int number)
{
    assert_int_equal(tr_call_start(client, "GetStatus", NULL, on_end, &numbers[number], NULL), 0);
}

#define SAY(string) assert_int_equal(write(server, string, sizeof(string)), sizeof(string))

static void check_end(size_t i, int number, int result, const char *reply, const char *code)
{
    assert_true(i < n_ends);
    assert_int_equal(ends[i].number, number);
    assert_int_equal(ends[i].result, result);
    assert_string_equal(ends[i].reply, reply);
    assert_string_equal(ends[i].code, code);
}

/* Answers go to the calls in order, in whatever pieces they arrive. */
static void test_order(void **state)
{
    static const char call[] = "{\"method\":\"org.threatresponse.agent.GetStatus\"}";
    char got[sizeof(call) * 3];

    (void)state;
    assert_int_equal(tr_process(client), 0);
    assert_int_equal(tr_client_get_timeout(client), -1);
    for (int i = 0; i < 3; i++)
        begin(i);
    assert_int_equal(recv(server, got, sizeof(got), MSG_WAITALL), sizeof(got));
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(got + i * sizeof(call), call);
    assert_int_equal(tr_client_get_events(client), POLLIN);
    assert_in_range(tr_client_get_timeout(client), 1, TR_TIMEOUT_DEFAULT);
    assert_int_equal(tr_process(client), 0);

    assert_int_equal(write(server, "{\"parameters\":{\"a\"", 18), 18);
    assert_int_equal(tr_process(client), 0);
    assert_int_equal(write(server, ":1}}\0{}", 8), 8);
    assert_int_equal(tr_process(client), 2);
    SAY("{\"parameters\":{\"a\":3}}");
    assert_int_equal(tr_process(client), 1);
    check_end(0, 0, 0, "{\"a\":1}", "");
    check_end(1, 1, 0, "{}", "");
    check_end(2, 2, 0, "{\"a\":3}", "");
    assert_int_equal(n_ends, 3);
    assert_int_equal(tr_client_get_timeout(client), -1);
}

/* A call may start while the answer of an earlier one has come and was not looked at: both are of the same connection. */
static void test_answer_before_the_next_call(void **state)
{
    int fd = tr_client_get_fd(client);

    (void)state;
    begin(0);
    SAY("{\"parameters\":{\"a\":1}}");
    begin(1);
    assert_int_equal(tr_client_get_fd(client), fd);
    SAY("{\"parameters\":{\"a\":2}}");
    assert_int_equal(tr_process(client), 2);
    check_end(0, 0, 0, "{\"a\":1}", "");
    check_end(1, 1, 0, "{\"a\":2}", "");
}

/* An error ends its own call only. */
static void test_error_reply(void **state)
{
    (void)state;
    begin(1);
    begin(2);
    SAY("{\"error\":\"org.threatresponse.agent.UnknownServer\",\"parameters\":{\"server\":\"x\"}}");
    assert_int_equal(tr_process(client), 1);
    check_end(0, 1, -EREMOTEIO, "", "org.threatresponse.agent.UnknownServer");
    assert_string_equal(tr_client_error_parameters(client), "{\"server\":\"x\"}");
    SAY("{}");
    assert_int_equal(tr_process(client), 1);
    check_end(1, 2, 0, "{}", "");
}

/* The parameters are those of the last error. */
static void test_two_errors(void **state)
{
    (void)state;
    begin(0);
    begin(1);
    SAY("{\"error\":\"x.y.First\",\"parameters\":{\"a\":1}}");
    SAY("{\"error\":\"x.y.Second\",\"parameters\":{\"a\":2}}");
    assert_int_equal(tr_process(client), 2);
    check_end(0, 0, -EREMOTEIO, "", "x.y.First");
    check_end(1, 1, -EREMOTEIO, "", "x.y.Second");
    assert_string_equal(tr_client_error_parameters(client), "{\"a\":2}");
}

/* A call that waits, or a stream, would take the answers of the calls under way. */
static void test_busy(void **state)
{
    struct tr_error error;
    char *reply = NULL;

    (void)state;
    begin(1);
    assert_int_equal(tr_call(client, "GetStatus", NULL, &reply, &error), -EBUSY);
    assert_string_equal(error.code, "busy_client");
    assert_int_equal(tr_watch_start(client, &error), -EBUSY);
    SAY("{}");
    assert_int_equal(tr_process(client), 1);
    assert_int_equal(tr_watch_start(client, &error), 0);
    assert_int_equal(tr_call_start(client, "GetStatus", NULL, on_end, &numbers[2], &error), -EBUSY);
    assert_int_equal(tr_call_start(client, "GetStatus", "no", on_end, &numbers[2], &error), -EINVAL);
    assert_int_equal(n_ends, 1);
}

/* The end of the connection ends all calls. The first one has been answered before. */
static void check_all_end(int result, const char *code)
{
    assert_int_equal(tr_process(client), 3);
    check_end(0, 0, 0, "{}", "");
    check_end(1, 1, result, "", code);
    check_end(2, 2, result, "", code);
    assert_int_equal(n_ends, 3);
    assert_int_equal(tr_client_get_fd(client), -1);
    assert_int_equal(tr_client_get_events(client), 0);
}

static void test_hung_up(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        begin(i);
    SAY("{}");
    server = safe_close(server);
    check_all_end(-ECONNRESET, "closed");
}

static void test_rubbish(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        begin(i);
    SAY("{}\0rubbish");
    check_all_end(-EBADMSG, "bad_reply");
}

static void test_not_a_stream(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        begin(i);
    SAY("{}\0{\"continues\":true}");
    ends[2].number = -1;
    assert_int_equal(tr_process(client), 3);
    check_end(1, 1, -EBADMSG, "", "bad_reply");
}

static void test_timeout(void **state)
{
    (void)state;
    begin(0);
    tr_client_set_timeout(client, 0);
    begin(1);
    tr_client_set_timeout(client, -1);
    begin(2);
    assert_int_equal(tr_client_get_timeout(client), 0);
    SAY("{}");
    check_all_end(-ETIMEDOUT, "timed_out");
}

static void test_without_limit(void **state)
{
    (void)state;
    tr_client_set_timeout(client, -1);
    begin(0);
    assert_int_equal(tr_client_get_timeout(client), -1);
    assert_int_equal(tr_process(client), 0);
}

/* The rest of a call that the socket does not take at once is sent later. */
static void test_long_call(void **state)
{
    enum {
        LENGTH = 900000,
    };
    char *parameters = malloc(LENGTH + 16), *got = malloc(LENGTH + 256);
    size_t n = 0;

    (void)state;
    assert_true(parameters && got);
    snprintf(parameters, LENGTH + 16, "{\"a\":\"%0*d\"}", LENGTH, 0);
    assert_int_equal(tr_call_start(client, "a.B", parameters, on_end, &numbers[0], NULL), 0);
    assert_int_equal(tr_client_get_events(client), POLLIN | POLLOUT);
    while (n == 0 || got[n - 1] != 0) {
        ssize_t part = recv(server, got + n, LENGTH + 256 - n, 0);
        assert_true(part > 0);
        n += (size_t)part;
        assert_int_equal(tr_process(client), 0);
    }
    assert_int_equal(tr_client_get_events(client), POLLIN);
    assert_non_null(strstr(got, parameters));
    SAY("{}");
    assert_int_equal(tr_process(client), 1);
    free(parameters);
    free(got);
}

static void on_end_again(void *userdata, int result, const char *reply, const struct tr_error *error)
{
    on_end(userdata, result, reply, error);
    if (n_ends < 3)
        (void)tr_call_start(client, "GetStatus", NULL, on_end_again, userdata, NULL);
}

/* A callback starts the next call, but not while the client is being freed. */
static void test_from_the_callback(void **state)
{
    (void)state;
    assert_int_equal(tr_call_start(client, "GetStatus", NULL, on_end_again, &numbers[5], NULL), 0);
    SAY("{\"parameters\":{\"a\":1}}");
    assert_int_equal(tr_process(client), 1);
    check_end(0, 5, 0, "{\"a\":1}", "");
    client = tr_client_free(client);
    check_end(1, 5, -ECONNRESET, "", "closed");
    assert_int_equal(n_ends, 2);
}

/* A missing daemon is reported at once, without a callback. */
static void test_no_daemon(void **state)
{
    struct tr_client *absent = NULL;
    struct tr_error error;

    (void)state;
    assert_int_equal(tr_client_new("/nowhere/socket", &absent), 0);
    assert_int_equal(tr_call_start(absent, "GetStatus", NULL, on_end, &numbers[0], &error), -ENOENT);
    assert_string_equal(error.code, "not_running");
    assert_int_equal(tr_process(absent), 0);
    tr_client_free(absent);
    assert_int_equal(n_ends, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_answer_before_the_next_call, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_error_reply, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_two_errors, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_busy, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_hung_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_rubbish, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_not_a_stream, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_timeout, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_without_limit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_long_call, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_from_the_callback, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_daemon, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
