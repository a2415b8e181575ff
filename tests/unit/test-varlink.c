/* The wire: framing of fragments, limits, erased buffers, and every malformed message. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>

#include "varlink.h"

struct pair {
    struct varlink_stream stream;
    int fd; /* the other end */
};

static struct pair pair_open(size_t limit_in, size_t limit_out)
{
    struct pair pair;
    int fds[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), 0);
    varlink_stream_init(&pair.stream, fds[0], fds[0], limit_in, limit_out);
    pair.fd = fds[1];
    return pair;
}

static void pair_close(struct pair *pair)
{
    varlink_stream_done(&pair->stream);
    varlink_stream_done(&pair->stream);
    close(pair->stream.fd_in);
    safe_close(pair->fd);
}

static void feed(struct pair *pair, const char *bytes, size_t size)
{
    assert_int_equal(write(pair->fd, bytes, size), size);
}

static void test_fragments(void **state)
{
    static const char wire[] = "{\"a\":1}\0{}\0\0{\"b\"";
    struct pair pair = pair_open(64, 64);
    static const char *const expected[] = { "{\"a\":1}", "{}", "" };
    size_t n = 0, size;
    char *text;

    (void)state;
    /* Byte by byte: a message is there at its NUL and not before. */
    for (size_t i = 0; i + 1 < sizeof(wire); i++) {
        feed(&pair, wire + i, 1);
        assert_int_equal(varlink_stream_read(&pair.stream), 1);
        int r = varlink_stream_next(&pair.stream, &text, &size);
        assert_int_equal(r, wire[i] == 0);
        assert_int_equal(varlink_stream_partial(&pair.stream), wire[i] != 0);
        if (r > 0) {
            assert_string_equal(text, expected[n]);
            assert_int_equal(size, strlen(expected[n++]));
        }
    }
    assert_int_equal(n, ELEMENTS(expected));
    assert_int_equal(varlink_stream_read(&pair.stream), -EAGAIN);
    close(pair.fd);
    pair.fd = -1;
    assert_int_equal(varlink_stream_read(&pair.stream), 0);
    assert_true(varlink_stream_partial(&pair.stream));
    pair_close(&pair);
}

static void test_many_at_once(void **state)
{
    struct pair pair = pair_open(4096, 64);
    char text[300], *message;
    size_t size;

    (void)state;
    for (int i = 0; i < 100; i++)
        feed(&pair, "{\"n\":1}", 8);
    for (int i = 0; i < 100; i++) {
        while (varlink_stream_next(&pair.stream, &message, &size) == 0)
            assert_true(varlink_stream_read(&pair.stream) > 0);
        assert_int_equal(size, 7);
        snprintf(text, sizeof(text), "%.*s", (int)size, message);
        assert_string_equal(text, "{\"n\":1}");
    }
    assert_int_equal(varlink_stream_next(&pair.stream, &message, &size), 0);
    assert_false(varlink_stream_partial(&pair.stream));
    pair_close(&pair);
}

/* A message may have limit_in bytes, its NUL included, and not one more. */
static void test_limit_in(void **state)
{
    char bytes[1024], *text;
    size_t size;

    (void)state;
    memset(bytes, 'x', sizeof(bytes));
    for (size_t length = 999; length <= 1001; length++) {
        struct pair pair = pair_open(1000, 64);
        int r = 0;

        bytes[length - 1] = 0;
        feed(&pair, bytes, length);
        bytes[length - 1] = 'x';
        while (r == 0) {
            ssize_t n = varlink_stream_read(&pair.stream);
            r = n < 0 ? (int)n : varlink_stream_next(&pair.stream, &text, &size);
        }
        assert_int_equal(r, length <= 1000 ? 1 : -EMSGSIZE);
        if (r > 0)
            assert_int_equal(size, length - 1);
        else
            assert_int_equal(varlink_stream_read(&pair.stream), -EMSGSIZE);
        pair_close(&pair);
    }
}

/* The limit is one for each message, not for the connection. */
static void test_limit_in_of_each(void **state)
{
    struct pair pair = pair_open(16, 64);
    char *text;
    size_t size;

    (void)state;
    for (int i = 0; i < 50; i++) {
        feed(&pair, "{\"abcdefghi\":1}", 16);
        assert_true(varlink_stream_read(&pair.stream) > 0);
        while (varlink_stream_next(&pair.stream, &text, &size) == 0)
            assert_true(varlink_stream_read(&pair.stream) > 0);
        assert_int_equal(size, 15);
    }
    pair_close(&pair);
}

static void test_limit_out(void **state)
{
    struct pair pair = pair_open(64, 20);
    char got[32];

    (void)state;
    assert_int_equal(varlink_stream_queue_text(&pair.stream, "0123456789", 10), 0);
    assert_int_equal(varlink_stream_pending(&pair.stream), 11);
    assert_int_equal(varlink_stream_queue_text(&pair.stream, "012345678", 9), -ENOBUFS);
    assert_int_equal(varlink_stream_pending(&pair.stream), 11);
    assert_int_equal(varlink_stream_queue_text(&pair.stream, "01234567", 8), 0);
    assert_int_equal(varlink_stream_pending(&pair.stream), 20);
    assert_int_equal(varlink_stream_queue_text(&pair.stream, "", 0), -ENOBUFS);
    assert_int_equal(varlink_stream_flush(&pair.stream), 0);
    assert_int_equal(varlink_stream_pending(&pair.stream), 0);
    assert_int_equal(read(pair.fd, got, sizeof(got)), 20);
    assert_memory_equal(got, "0123456789\00001234567\0", 20);
    assert_int_equal(varlink_stream_queue_text(&pair.stream, "01234567890123456789", 20), -ENOBUFS);
    assert_int_equal(varlink_stream_queue_text(&pair.stream, "0123456789012345678", 19), 0);
    pair_close(&pair);
}

static void test_flush_in_parts(void **state)
{
    struct pair pair = pair_open(64, 1 << 20);
    char *text = calloc(1, 700000), *got = malloc(700001);
    int size = 4096, r;
    size_t n = 0;

    (void)state;
    assert_true(text && got);
    for (size_t i = 0; i < 700000; i++)
        text[i] = (char)('a' + i % 23);
    assert_int_equal(setsockopt(pair.stream.fd_out, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)), 0);
    assert_int_equal(varlink_stream_queue_text(&pair.stream, text, 700000), 0);
    while ((r = varlink_stream_flush(&pair.stream)) == -EAGAIN) {
        ssize_t part = read(pair.fd, got + n, 700001 - n);
        assert_true(part > 0);
        n += (size_t)part;
        assert_true(varlink_stream_pending(&pair.stream) > 0);
    }
    assert_int_equal(r, 0);
    while (n < 700001) {
        ssize_t part = read(pair.fd, got + n, 700001 - n);
        assert_true(part > 0);
        n += (size_t)part;
    }
    assert_memory_equal(got, text, 700000);
    assert_int_equal(got[700000], 0);

    close(pair.fd);
    pair.fd = -1;
    assert_int_equal(varlink_stream_queue_text(&pair.stream, "x", 1), 0);
    assert_int_equal(varlink_stream_flush(&pair.stream), -EPIPE);
    free(text);
    free(got);
    pair_close(&pair);
}

/* A worker that is tried from a shell has pipes. */
static void test_pipe(void **state)
{
    struct varlink_stream stream;
    char got[8], *text;
    size_t size;
    int in[2], out[2];

    (void)state;
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    varlink_stream_init(&stream, in[0], out[1], 64, 64);
    assert_int_equal(write(in[1], "{}", 3), 3);
    assert_int_equal(varlink_stream_read(&stream), 3);
    assert_int_equal(varlink_stream_next(&stream, &text, &size), 1);
    assert_string_equal(text, "{}");
    assert_int_equal(varlink_stream_queue_text(&stream, "[]", 2), 0);
    assert_int_equal(varlink_stream_flush(&stream), 0);
    assert_int_equal(read(out[0], got, sizeof(got)), 3);
    assert_string_equal(got, "[]");
    varlink_stream_done(&stream);
    for (int i = 0; i < 2; i++) {
        close(in[i]);
        close(out[i]);
    }
}

/* What was sent, and what was parsed, is not left in memory. */
static void test_erasing(void **state)
{
    struct pair pair = pair_open(256, 256);
    static const char zeros[64];
    char call[] = "{\"method\":\"a.B\",\"parameters\":{\"token\":\"secret\"}}",
         bad[] = "{\"token\":\"secret\"";
    struct varlink_call parsed;

    (void)state;
    assert_int_equal(varlink_stream_queue_text(&pair.stream, "secret", 6), 0);
    assert_int_equal(varlink_stream_flush(&pair.stream), 0);
    assert_memory_equal(pair.stream.out.data, zeros, 7);

    assert_int_equal(varlink_call_parse(call, sizeof(call) - 1, &parsed), 0);
    assert_memory_equal(call, zeros, sizeof(call));
    json_object *parameters = json_object_get(parsed.parameters);
    varlink_call_done(&parsed);
    assert_null(parsed.message);
    assert_memory_equal(json_get_string(parameters, "token"), zeros, 6);
    json_object_put(parameters);

    assert_int_equal(varlink_call_parse(bad, sizeof(bad) - 1, &parsed), -EBADMSG);
    assert_memory_equal(bad, zeros, sizeof(bad));
    pair_close(&pair);
}

static int parse_call(const char *text, struct varlink_call *ret)
{
    char copy[512];

    snprintf(copy, sizeof(copy), "%s", text);
    return varlink_call_parse(copy, strlen(text), ret);
}

static void test_calls(void **state)
{
    static const struct {
        const char *text, *method;
        int members; /* of the parameters; -1: none */
        bool more, oneway, upgrade;
    } good[] = {
        { "{\"method\":\"a.b.C\"}", "a.b.C", -1, false, false, false },
        { "{\"parameters\":{},\"method\":\"x\"}", "x", 0, false, false, false },
        { "{\"method\":\"a.B\",\"parameters\":{\"p\":null}}", "a.B", 1, false, false, false },
        { "{\"method\":\"a.B\",\"more\":true}", "a.B", -1, true, false, false },
        { "{\"method\":\"a.B\",\"more\":false,\"oneway\":false}", "a.B", -1, false, false, false },
        { "{\"method\":\"a.B\",\"oneway\":true,\"more\":false}", "a.B", -1, false, true, false },
        { "{\"method\":\"a.B\",\"upgrade\":true}", "a.B", -1, false, false, true },
        { "{\"method\":\"\"}", "", -1, false, false, false },
    };
    static const char *const bad[] = { "", "x", "[]", "1", "{}", "{\"parameters\":{}}", "{\"method\":1}",
        "{\"method\":null}", "{\"method\":\"a.B\",\"parameters\":[]}",
        "{\"method\":\"a.B\",\"parameters\":null}", "{\"method\":\"a.B\",\"more\":1}",
        "{\"method\":\"a.B\",\"more\":null}", "{\"method\":\"a.B\",\"oneway\":\"true\"}",
        "{\"method\":\"a.B\",\"upgrade\":0}", "{\"method\":\"a.B\",\"extra\":1}",
        "{\"method\":\"a.B\",\"method\":\"a.B\"}", "{\"method\":\"a.B\",\"oneway\":true,\"more\":true}",
        "{\"method\":\"a.B\",\"oneway\":true,\"upgrade\":true}", "{\"method\":\"a.B\"}{\"method\":\"a.B\"}",
        "{\"error\":\"a.B\"}" };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(good); i++) {
        struct varlink_call call;

        assert_int_equal(parse_call(good[i].text, &call), 0);
        assert_string_equal(call.method, good[i].method);
        assert_int_equal(call.parameters ? json_object_object_length(call.parameters) : -1, good[i].members);
        assert_int_equal(call.more, good[i].more);
        assert_int_equal(call.oneway, good[i].oneway);
        assert_int_equal(call.upgrade, good[i].upgrade);
        varlink_call_done(&call);
        varlink_call_done(&call);
    }
    for (size_t i = 0; i < ELEMENTS(bad); i++) {
        struct varlink_call call;

        print_message("%s\n", bad[i]);
        assert_int_equal(parse_call(bad[i], &call), -EBADMSG);
    }
}

static int parse_reply(const char *text, struct varlink_reply *ret)
{
    char copy[512];

    snprintf(copy, sizeof(copy), "%s", text);
    return varlink_reply_parse(copy, strlen(text), ret);
}

static void test_replies(void **state)
{
    static const struct {
        const char *text, *error;
        int members;
        bool continues;
    } good[] = {
        { "{}", NULL, -1, false },
        { "{\"parameters\":{\"a\":1,\"b\":2}}", NULL, 2, false },
        { "{\"error\":\"a.B\"}", "a.B", -1, false },
        { "{\"error\":\"a.B\",\"parameters\":{}}", "a.B", 0, false },
        { "{\"parameters\":{},\"continues\":true}", NULL, 0, true },
        { "{\"error\":\"a.B\",\"continues\":false}", "a.B", -1, false },
    };
    static const char *const bad[] = { "", "null", "{\"error\":null}", "{\"error\":1}", "{\"parameters\":1}",
        "{\"parameters\":null}", "{\"continues\":1}", "{\"method\":\"a.B\"}",
        "{\"error\":\"a.B\",\"continues\":true}", "{\"error\":\"a.B\",\"error\":\"a.B\"}",
        "{\"extra\":null}" };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(good); i++) {
        struct varlink_reply reply;

        assert_int_equal(parse_reply(good[i].text, &reply), 0);
        if (good[i].error)
            assert_string_equal(reply.error, good[i].error);
        else
            assert_null(reply.error);
        assert_int_equal(
            reply.parameters ? json_object_object_length(reply.parameters) : -1, good[i].members);
        assert_int_equal(reply.continues, good[i].continues);
        varlink_reply_done(&reply);
    }
    for (size_t i = 0; i < ELEMENTS(bad); i++) {
        struct varlink_reply reply;

        print_message("%s\n", bad[i]);
        assert_int_equal(parse_reply(bad[i], &reply), -EBADMSG);
    }
}

static void check_message(json_object *message, const char *text)
{
    assert_non_null(message);
    assert_string_equal(json_text(message, NULL), text);
    json_object_put(message);
}

static json_object *one(void)
{
    json_object *object = json_object_new_object();

    assert_int_equal(json_add_int(object, "n", 1), 0);
    return object;
}

static void test_making(void **state)
{
    (void)state;
    check_message(varlink_make_call("a.B", NULL, false), "{\"method\":\"a.B\"}");
    check_message(varlink_make_call("a.B", one(), false), "{\"method\":\"a.B\",\"parameters\":{\"n\":1}}");
    check_message(
        varlink_make_call("a.B", one(), true), "{\"method\":\"a.B\",\"parameters\":{\"n\":1},\"more\":true}");
    check_message(varlink_make_reply(NULL), "{\"parameters\":{}}");
    check_message(varlink_make_reply(one()), "{\"parameters\":{\"n\":1}}");
    check_message(varlink_make_error("a.E", NULL), "{\"error\":\"a.E\"}");
    check_message(varlink_make_error("a.E", one()), "{\"error\":\"a.E\",\"parameters\":{\"n\":1}}");
}

static void test_queue_object(void **state)
{
    struct pair pair = pair_open(64, 64);
    _cleanup_json_ json_object *message = varlink_make_reply(one());
    char got[64];

    (void)state;
    assert_int_equal(varlink_stream_queue(&pair.stream, message), 0);
    assert_int_equal(varlink_stream_flush(&pair.stream), 0);
    assert_int_equal(read(pair.fd, got, sizeof(got)), 23);
    assert_string_equal(got, "{\"parameters\":{\"n\":1}}");
    pair_close(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fragments),
        cmocka_unit_test(test_many_at_once),
        cmocka_unit_test(test_limit_in),
        cmocka_unit_test(test_limit_in_of_each),
        cmocka_unit_test(test_limit_out),
        cmocka_unit_test(test_flush_in_parts),
        cmocka_unit_test(test_pipe),
        cmocka_unit_test(test_erasing),
        cmocka_unit_test(test_calls),
        cmocka_unit_test(test_replies),
        cmocka_unit_test(test_making),
        cmocka_unit_test(test_queue_object),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
