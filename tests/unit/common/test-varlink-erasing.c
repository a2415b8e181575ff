/* Memory of messages that hold secrets: whatever becomes of a message, no block is freed with a secret in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "common/varlink.h"
#include "unit/helpers/freed-secrets.h"

#define SECRET "hush-hush-hush-hush"

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

/* The tests look at nothing if this fails. */
static void test_a_secret_is_seen(void **state)
{
    void (*volatile release)(void *) = free; /* else the compiler leaves such a pair of calls out */
    char *moved = malloc(64), *block = strdup("before " SECRET " behind");

    (void)state;
    strcpy(moved, SECRET);
    freed_secrets_watch(SECRET, "never");
    moved = realloc(moved, 100000);
    release(block);
    assert_int_equal(freed_secrets_end(), 2);
    release(moved);
    assert_int_equal(freed_secrets_end(), 2);
}

/* A call with the secret in each kind of value, behind a filler. */
static json_object *make_call(size_t filler)
{
    json_object *parameters = json_object_new_object(), *list = json_object_new_array();
    char *text = calloc(1, filler + 1);

    memset(text, 'f', filler);
    assert_int_equal(json_add_string(parameters, "filler", text), 0);
    free(text);
    assert_int_equal(json_add_string(parameters, "token", SECRET), 0);
    assert_int_equal(json_object_array_add(list, json_object_new_string("\t\"" SECRET "\"")), 0);
    json_object_object_add(parameters, "list", list);
    return varlink_make_call("a.b.C", parameters, false);
}

/* Messages of some lengths, sent at once, in parts, or not at all, and received in parts. */
static void test_sent_and_received(void **state)
{
    static const size_t fillers[] = { 0, 900, 1024, 5000, 200000 };

    (void)state;
    freed_secrets_watch(SECRET);
    for (size_t i = 0; i < ELEMENTS(fillers); i++)
        for (int received = 0; received < 2; received++) {
            struct varlink_stream out, in;
            struct varlink_call call;
            json_object *message = make_call(fillers[i]);
            size_t size = 0;
            char *text;

            varlink_stream_init(&out, ends[0], ends[0], 1 << 20, 1 << 20);
            varlink_stream_init(&in, ends[1], ends[1], 1 << 20, 1 << 20);
            for (int n = 0; n < 2; n++)
                assert_int_equal(varlink_stream_queue(&out, message), 0);
            json_put_erased(message);
            while (received && varlink_stream_next(&in, &text, &size) == 0) {
                int r = varlink_stream_flush(&out);
                assert_true(r == 0 || r == -EAGAIN);
                assert_true(varlink_stream_read(&in) > 0);
            }
            if (received) {
                assert_int_equal(varlink_call_parse(text, size, &call), 0);
                assert_string_equal(json_get_string(call.parameters, "token"), SECRET);
                varlink_call_done(&call);
            }
            varlink_stream_done(&out);
            varlink_stream_done(&in);
            tear_down(state);
            set_up(state);
            assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
        }
    assert_int_equal(freed_secrets_end(), 0);
}

/* Messages that are refused, before and behind the secret, and after they were parsed. json-c itself frees the first of two
 * values with the same key. */
static void test_refused(void **state)
{
    static const char *const texts[] = {
        "{\"method\":\"a.b.C\",\"parameters\":{\"token\":\"" SECRET "\"},\"unknown\":1}",
        "{\"parameters\":{\"token\":\"" SECRET "\"}}",
        "{\"method\":\"" SECRET "\"}",
        "{\"method\":\"a.b.C\",\"parameters\":\"" SECRET "\"}",
        "{\"method\":\"a.b.C\",\"parameters\":{\"token\":\"" SECRET "\"}",
        "{\"method\":\"a.b.C\",\"parameters\":{\"token\":\"" SECRET "\",\"n\":1,\"n\":2}}",
        "{\"method\":\"a.b.C\",\"parameters\":{\"token\":\"" SECRET "\",\"n\":{\"m\":[\"" SECRET
        "\"],\"k\" 1}}}",
        "{\"method\":\"a.b.C\",\"parameters\":{\"token\":\"" SECRET "\"",
        "{\"method\":\"a.b.C\",\"parameters\":{\"token\":\"" SECRET "\",}}",
        "{\"method\":\"a.b.C\",\"parameters\":{\"token\":\"" SECRET "\",\"n\":01}}",
        "{\"method\":\"a.b.C\",\"parameters\":{\"token\":\"" SECRET "\",\"n\":\"\\ud800\"}}",
        "{\"method\":\"a.b.C\",\"parameters\":{\"token\":\"" SECRET "\",\"n\":1e999}}",
        "[\"" SECRET "\"]",
        "\"" SECRET "\"",
        "'" SECRET "'",
    };

    (void)state;
    freed_secrets_watch(SECRET);
    for (size_t i = 0; i < ELEMENTS(texts); i++) {
        for (int reply = 0; reply < 2; reply++) {
            struct varlink_reply parsed_reply;
            struct varlink_call parsed;
            size_t size = strlen(texts[i]);
            char *text = strdup(texts[i]);

            int r = reply ? varlink_reply_parse(text, size, &parsed_reply)
                          : varlink_call_parse(text, size, &parsed);
            if (r == 0 && reply)
                varlink_reply_done(&parsed_reply);
            else if (r == 0)
                varlink_call_done(&parsed);
            assert_null(memmem(text, size, SECRET, strlen(SECRET)));
            free(text);
        }
    }
    assert_int_equal(freed_secrets_end(), 0);
}

/* A caller that keeps a message too long for the queue, and one that only looks at its text. */
static void test_not_sent(void **state)
{
    struct varlink_stream stream;
    size_t size;

    (void)state;
    varlink_stream_init(&stream, ends[0], ends[0], 1 << 20, 256);
    freed_secrets_watch(SECRET);
    json_object *message = make_call(512);
    assert_int_equal(varlink_stream_queue(&stream, message), -ENOBUFS);
    const char *text = json_text(message, &size);
    assert_non_null(strstr(text, SECRET));
    json_erase_text(text, size);
    json_put_erased(message);
    varlink_stream_done(&stream);
    assert_int_equal(freed_secrets_end(), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_a_secret_is_seen),
        TEST(test_sent_and_received),
        TEST(test_refused),
        TEST(test_not_sent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
