/* The local API: messages divided by NUL bytes, as one client sends them to a whole daemon. */
#include "../../src/daemon/api.h"
#include "fuzz.h"

#include "fuzz-daemon.h"

static struct manager *start_manager(void)
{
    char socket[128];
    struct manager *manager = NULL;
    struct config *config = fuzz_config();

    snprintf(socket, sizeof(socket), "%s/socket", fuzz_state_directory());
    struct manager_options options = {
        .config_path = "/nowhere",
        .state_directory = fuzz_state_directory(),
        .socket_path = socket,
        .worker_address = "unix:/nowhere",
        .log_level = LOG_EMERG,
    };
    REQUIRE(manager_new(&options, config, &manager) == 0);
    return manager;
}

/* Each queued message is a reply. */
static size_t check_output(struct varlink_stream *stream)
{
    size_t n = 0;

    while (stream->out.start < stream->out.end) {
        char *text = stream->out.data + stream->out.start;
        size_t size = strlen(text);
        struct varlink_reply reply;

        REQUIRE(varlink_reply_parse(text, size, &reply) == 0);
        varlink_reply_done(&reply);
        stream->out.start += size + 1;
        n++;
    }
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct manager *manager = start_manager();
    struct connection connection = {
        .server = &manager->server, .fd = -1, .uid = size > 0 ? data[0] % 3 : 0
    };
    size_t start = 1;

    varlink_stream_init(&connection.stream, -1, -1, 65536, 1 << 20);
    while (start < size && !connection.watching) {
        const uint8_t *end = memchr(data + start, 0, size - start);
        size_t length = end ? (size_t)(end - data) - start : size - start;
        char *text = copy_text(data + start, length);
        int r = api_run(&connection, text, length);

        free(text);
        REQUIRE(check_output(&connection.stream) <= 1);
        if (r < 0)
            break;
        start += length + 1;
    }
    size_t status_size;
    const char *status = manager_status_reply(manager, &status_size);
    REQUIRE(status && strlen(status) == status_size);
    varlink_stream_done(&connection.stream);
    manager_free(manager);
    return 0;
}
