/* Streams: framing of fragments, limits, and erased buffers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>

#include "common/varlink.h"

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
    /* Byte by byte: a message is complete with its NUL and not before. */
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

/* A message may have limit_in bytes, its NUL included. */
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

/* A message that has no end within the limit is known as such before more of it is read. */
static void test_limit_without_an_end(void **state)
{
    char bytes[100], *text;
    size_t size;

    (void)state;
    memset(bytes, 'x', sizeof(bytes));
    for (size_t length = 99; length <= 100; length++) {
        struct pair pair = pair_open(100, 64);

        feed(&pair, bytes, length);
        assert_int_equal(varlink_stream_read(&pair.stream), length);
        assert_int_equal(varlink_stream_next(&pair.stream, &text, &size), length < 100 ? 0 : -EMSGSIZE);
        pair_close(&pair);
    }
}

/* The limit holds for each message, not for the connection. */
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

/* Only the bytes that the socket does not take are queued, and later messages behind them. */
static void test_send_text(void **state)
{
    struct pair pair = pair_open(64, 200000);
    char *text = calloc(1, 150000), *got = malloc(150004);
    int size = 4096;
    size_t n = 0;

    (void)state;
    assert_true(text && got);
    memset(text, 'x', 149999);
    assert_int_equal(varlink_stream_send_text(&pair.stream, "{}", 2), 0);
    assert_null(pair.stream.out.data);
    assert_int_equal(read(pair.fd, got, 16), 3);
    assert_memory_equal(got, "{}", 3);

    assert_int_equal(setsockopt(pair.stream.fd_out, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)), 0);
    assert_int_equal(varlink_stream_send_text(&pair.stream, text, 149999), 0);
    assert_in_range(varlink_stream_pending(&pair.stream), 1, 149999);
    assert_int_equal(varlink_stream_send_text(&pair.stream, "ab", 2), 0);
    assert_int_equal(varlink_stream_send_text(&pair.stream, text, 149999), -ENOBUFS);
    while (n < 150003) {
        ssize_t part = read(pair.fd, got + n, 150003 - n);
        assert_true(part > 0);
        n += (size_t)part;
        varlink_stream_flush(&pair.stream);
    }
    assert_memory_equal(got, text, 150000);
    assert_memory_equal(got + 150000, "ab", 3);

    close(pair.fd);
    pair.fd = -1;
    assert_int_equal(varlink_stream_send_text(&pair.stream, "x", 1), -EPIPE);
    free(text);
    free(got);
    pair_close(&pair);
}

/* A worker that somebody runs in a shell has pipes. */
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

/* Sent and parsed bytes are overwritten. */
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

static void test_queue_object(void **state)
{
    struct pair pair = pair_open(64, 64);
    json_object *one = json_object_new_object();
    _cleanup_json_ json_object *message = varlink_make_reply(one);
    char got[64];

    (void)state;
    assert_int_equal(json_add_int(one, "n", 1), 0);
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
        cmocka_unit_test(test_limit_without_an_end),
        cmocka_unit_test(test_limit_in_of_each),
        cmocka_unit_test(test_limit_out),
        cmocka_unit_test(test_flush_in_parts),
        cmocka_unit_test(test_send_text),
        cmocka_unit_test(test_pipe),
        cmocka_unit_test(test_erasing),
        cmocka_unit_test(test_queue_object),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
