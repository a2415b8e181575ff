/* The wire: the first byte says in which fragments the rest arrives; each message is tried as call and reply.
 */
#include <errno.h>
#include <sys/socket.h>

#include "common/varlink.h"
#include "fuzz/fuzz.h"

enum {
    LIMIT = 512,
};

static void try_call(const char *text, size_t size)
{
    char *copy = copy_text((const uint8_t *)text, size);
    struct varlink_call call;

    if (varlink_call_parse(copy, size, &call) == 0) {
        REQUIRE(call.method && !(call.oneway && call.more));
        REQUIRE(!call.parameters || json_object_is_type(call.parameters, json_type_object));
        require_readable(call.message);
        varlink_call_done(&call);
    }
    for (size_t i = 0; i < size; i++)
        REQUIRE(copy[i] == 0);
    free(copy);
}

static void try_reply(const char *text, size_t size)
{
    char *copy = copy_text((const uint8_t *)text, size);
    struct varlink_reply reply;

    if (varlink_reply_parse(copy, size, &reply) == 0) {
        REQUIRE(!(reply.error && reply.continues));
        require_readable(reply.message);
        varlink_reply_done(&reply);
    }
    free(copy);
}

/* Takes the messages that are there; each must be the next part of the input. */
static int take(struct varlink_stream *stream, const uint8_t *data, size_t *consumed)
{
    char *text;
    size_t size;
    int r;

    while ((r = varlink_stream_next(stream, &text, &size)) > 0) {
        REQUIRE(size < LIMIT && text[size] == 0);
        REQUIRE(memcmp(text, data + *consumed, size + 1) == 0);
        *consumed += size + 1;
        try_call(text, size);
        try_reply(text, size);
    }
    REQUIRE(r == 0 || r == -EMSGSIZE);
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct varlink_stream stream;
    size_t consumed = 0, sent = 0, step;
    int fds[2], r = 0;

    if (size == 0 || size > 4 * LIMIT)
        return 0;
    step = (size_t)1 << (*data & 15);
    data++;
    size--;
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
    varlink_stream_init(&stream, fds[0], fds[0], LIMIT, LIMIT);
    while (sent < size && r == 0) {
        ssize_t n = write(fds[1], data + sent, size - sent < step ? size - sent : step);

        REQUIRE(n > 0);
        sent += (size_t)n;
        while (r == 0 && (n = varlink_stream_read(&stream)) > 0)
            r = take(&stream, data, &consumed);
        REQUIRE(n > 0 || n == -EAGAIN || n == -EMSGSIZE);
        if (n == -EMSGSIZE)
            r = -EMSGSIZE;
    }
    if (r == 0)
        REQUIRE(varlink_stream_partial(&stream) == (consumed < size));
    varlink_stream_done(&stream);
    close(fds[0]);
    close(fds[1]);
    return 0;
}
