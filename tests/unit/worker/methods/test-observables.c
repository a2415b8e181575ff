/* The replies to Recognise: how they are parted, and a caller who has gone. */
#include "worker/methods/observables.h"

#include "common/json.h"
#include "worker/http/http.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>

#include <cmocka.h>

struct caller {
    int ours, theirs;
    struct http *http;
    struct varlink_stream stream;
};

static int set_up(void **state)
{
    struct caller *caller = calloc(1, sizeof(*caller));
    int pair[2], size = 1 << 20;

    assert_non_null(caller);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    signal(SIGPIPE, SIG_IGN);
    caller->ours = pair[0];
    caller->theirs = pair[1];
    caller->http = http_new(caller->theirs);
    assert_non_null(caller->http);
    varlink_stream_init(&caller->stream, caller->ours, caller->ours, 1 << 20, 1 << 20);
    *state = caller;
    return 0;
}

static int tear_down(void **state)
{
    struct caller *caller = *state;

    http_free(caller->http);
    varlink_stream_done(&caller->stream);
    safe_close(caller->ours);
    safe_close(caller->theirs);
    free(caller);
    return 0;
}

static int call(struct caller *caller, const char *text, int64_t line, json_object **ret_reply)
{
    _cleanup_json_ json_object *parameters = json_object_new_object();
    struct varlink_call recognise = { .method = "a.b.Recognise", .parameters = parameters, .more = true };

    json_add_string(parameters, "text", text);
    if (line > 0)
        json_add_int(parameters, "line", line);
    return method_recognise(caller->http, &recognise, ret_reply);
}

/* Checks the lines of a message's items, which go on from those before. Returns their number. */
static size_t check_items(json_object *parameters, int64_t line)
{
    json_object *items = json_get_array(parameters, "items");
    size_t n = json_object_array_length(items);

    for (size_t i = 0; i < n; i++)
        assert_int_equal(json_get_int(json_object_array_get_idx(items, i), "line", 0), line + (int64_t)i);
    return n;
}

/* Reads a part that was sent before the reply. Returns the number of its items, 0 if no part is left. */
static size_t read_part(struct caller *caller, int64_t line)
{
    struct varlink_reply reply;
    char *text;
    size_t size;

    while (varlink_stream_next(&caller->stream, &text, &size) == 0) {
        struct varlink_stream *stream = &caller->stream;
        char byte;

        if (recv(stream->fd_in, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0)
            return 0;
        assert_true(varlink_stream_read(stream) > 0);
    }
    assert_int_equal(varlink_reply_parse(text, size, &reply), 0);
    assert_true(reply.continues);
    size_t n = check_items(reply.parameters, line);
    varlink_reply_done(&reply);
    return n;
}

/* Recognises a text of equal lines. Returns the number of replies. */
static size_t count_replies(struct caller *caller, const char *text_line, size_t lines)
{
    _cleanup_json_ json_object *reply = NULL;
    size_t length = strlen(text_line), replies = 1, n;
    _cleanup_free_ char *text = malloc(lines * length + 1);
    int64_t line = 7;

    assert_non_null(text);
    for (size_t i = 0; i < lines; i++)
        memcpy(text + i * length, text_line, length + 1);
    assert_int_equal(call(caller, text, line, &reply), 0);
    for (; (n = read_part(caller, line)) > 0; replies++)
        line += (int64_t)n;
    line += (int64_t)check_items(json_get_object(reply, "parameters"), line);
    assert_int_equal(line, 7 + lines);
    assert_false(json_get_bool(reply, "continues", false));
    return replies;
}

static void test_parts(void **state)
{
    assert_int_equal(count_replies(*state, "example.com\n", 1), 1);
    assert_int_equal(count_replies(*state, "example.com\n", 200), 1);
    assert_int_equal(count_replies(*state, "example.com\n", 201), 2);
    assert_int_equal(count_replies(*state, "\n", 600), 3);
}

/* Items that are long, or become long in JSON, are fewer in a part. */
static void test_size_of_parts(void **state)
{
    char line[2100] = "http://example.com/";

    memset(line + strlen(line), 'a', 2000);
    strcat(line, "\n");
    assert_true(count_replies(*state, line, 100) > 5);
    memset(line, '\x01', 2000);
    line[2000] = '\n';
    line[2001] = 0;
    assert_true(count_replies(*state, line, 20) > 3);
}

static void test_line_numbers(void **state)
{
    _cleanup_json_ json_object *reply = NULL;

    assert_int_equal(call(*state, "example.com\nexample.com", 0, &reply), 0);
    assert_string_equal(json_text(reply, NULL),
        "{\"parameters\":{\"items\":["
        "{\"line\":1,\"input\":\"example.com\",\"type\":\"domain\",\"value\":\"example.com\"},"
        "{\"line\":2,\"input\":\"example.com\",\"type\":\"domain\",\"value\":\"example.com\",\"firstLine\":1}"
        "]}}");
}

/* Nobody waits for the rest: the worker ends. */
static void test_caller_has_gone(void **state)
{
    struct caller *caller = *state;
    json_object *reply = NULL;
    char text[1024];

    memset(text, '\n', sizeof(text) - 1);
    text[sizeof(text) - 1] = 0;
    caller->ours = safe_close(caller->ours);
    assert_int_equal(call(caller, text, 0, &reply), -EPIPE);
    assert_null(reply);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_parts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_size_of_parts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_line_numbers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_caller_has_gone, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
