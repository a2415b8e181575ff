/* A message on descriptors of all kinds. */
#include "worker/methods/send.h"

#include "unit/helpers/test-certificates.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>

static int ends[2];

static int set_up(void **state)
{
    (void)state;
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
}

static int tear_down(void **state)
{
    (void)state;
    safe_close(ends[0]);
    safe_close(ends[1]);
    return 0;
}

/* Makes {"a":"xx..."} with n x. */
static json_object *make_message(size_t n)
{
    json_object *message = json_object_new_object();
    char *text = calloc(1, n + 1);

    memset(text, 'x', n);
    assert_int_equal(json_add_string(message, "a", text), 0);
    free(text);
    return message;
}

static void test_message(void **state)
{
    _cleanup_json_ json_object *message = make_message(3);
    char got[32] = "";

    (void)state;
    assert_int_equal(send_message(ends[0], message, 100), 0);
    assert_int_equal(recv(ends[1], got, sizeof(got), 0), 12);
    assert_string_equal(got, "{\"a\":\"xxx\"}");
}

/* {"a":"..."} and the NUL are nine bytes. */
static void test_limit(void **state)
{
    _cleanup_json_ json_object *fits = make_message(91), *exceeds = make_message(92);

    (void)state;
    assert_int_equal(send_message(ends[0], fits, 100), 0);
    assert_int_equal(send_message(ends[0], exceeds, 100), -ENOBUFS);
}

static size_t received;

static void *receive(void *userdata)
{
    char part[4096];
    ssize_t n;

    (void)userdata;
    while ((n = recv(ends[1], part, sizeof(part), 0)) > 0) {
        received += (size_t)n;
        if (part[n - 1] == 0)
            break;
    }
    return NULL;
}

/* Waits for a non-blocking descriptor that does not take everything at once, and leaves it non-blocking. */
static void test_nonblocking(void **state)
{
    enum { SIZE = 4 << 20 };
    _cleanup_json_ json_object *message = make_message(SIZE);
    pthread_t thread;

    (void)state;
    received = 0;
    assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    assert_int_equal(pthread_create(&thread, NULL, receive, NULL), 0);
    assert_int_equal(send_message(ends[0], message, 2 * SIZE), 0);
    pthread_join(thread, NULL);
    assert_int_equal(received, SIZE + 9);
    assert_true(fcntl(ends[0], F_GETFL) & O_NONBLOCK);
}

static void test_hung_up(void **state)
{
    _cleanup_json_ json_object *message = make_message(3);

    (void)state;
    ends[1] = safe_close(ends[1]);
    assert_int_equal(send_message(ends[0], message, 100), -EPIPE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_message),
        TEST(test_limit),
        TEST(test_nonblocking),
        TEST(test_hung_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
