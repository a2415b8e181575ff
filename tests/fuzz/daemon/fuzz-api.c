/* The local API: messages divided by NUL bytes, as one client sends them to a whole daemon. */
#include <sys/socket.h>

#include "daemon/api/dispatch.h"
#include "daemon/api/watch.h"
#include "fuzz/fuzz.h"

#include "fuzz/fuzz-daemon.h"

/* Each message that was sent or queued is a reply; how many there are. */
static size_t check_output(struct varlink_stream *stream, struct varlink_stream *client)
{
    struct varlink_reply reply;
    size_t n = 0, size;
    char *text;

    do {
        varlink_stream_flush(stream);
        while (varlink_stream_next(client, &text, &size) > 0) {
            REQUIRE(varlink_reply_parse(text, size, &reply) == 0);
            varlink_reply_done(&reply);
            n++;
        }
    } while (varlink_stream_read(client) > 0);
    REQUIRE(varlink_stream_pending(stream) == 0 && !varlink_stream_partial(client));
    return n;
}

/* Sends each message twice: the second time it may be known already. */
static int run_twice(
    struct connection *connection, struct varlink_stream *client, const uint8_t *data, size_t size)
{
    int r = 0;

    for (int i = 0; i < 2 && r == 0 && !connection->role; i++) {
        char *text = copy_text(data, size);

        r = dispatch_call(connection, text, size);
        free(text);
        REQUIRE(check_output(&connection->stream, client) <= 1);
    }
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_forget_state();
    struct manager *manager = fuzz_start_manager(fuzz_config(""), "unix:/nowhere");
    struct connection connection = { .server = &manager->api.server, .uid = size > 0 ? data[0] % 3 : 0 };
    struct varlink_stream client;
    size_t start = 1;
    int fds[2];

    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
    varlink_stream_init(&connection.stream, fds[0], fds[0], 65536, 1 << 20);
    varlink_stream_init(&client, fds[1], fds[1], 1 << 20, 65536);
    while (start < size && !connection.role) {
        const uint8_t *end = memchr(data + start, 0, size - start);
        size_t length = end ? (size_t)(end - data) - start : size - start;

        if (run_twice(&connection, &client, data + start, length) < 0)
            break;
        start += length + 1;
    }
    const struct status_reply *status = watch_newest_reply(&manager->api, false);
    REQUIRE(status->text && strlen(status->text) == status->size);
    varlink_stream_done(&connection.stream);
    varlink_stream_done(&client);
    close(fds[0]);
    close(fds[1]);
    manager_free(manager);
    return 0;
}
