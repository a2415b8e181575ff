/* A daemon that answers anything: the first byte chooses how the client library asks, the second where the answer, which is
 * the rest, is cut in two. Each call ends once, with a failure that says something, or with an answer that can be used. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <threatresponse.h>
#include <unistd.h>

#include "fuzz/fuzz.h"

enum {
    CALLS_MAX = 8,
};

struct asking {
    struct tr_client *client;
    int far; /* the daemon's end of the connection */
    const uint8_t *rest;
    size_t n;
    unsigned begun, ended;
};

static void require_utf8(const char *text)
{
    for (size_t n = strlen(text), length; n > 0; text += length, n -= length) {
        length = utf8_sequence(text, n);
        REQUIRE(length > 0);
    }
}

static void check_error(const struct tr_error *error)
{
    REQUIRE(error->exit_class >= TR_CLASS_FAILED && error->exit_class <= TR_CLASS_TIMED_OUT);
    REQUIRE(*error->code && *error->message);
    require_utf8(error->message);
    require_utf8(error->hint);
    require_utf8(error->code);
}

static void check_reply(char *reply)
{
    json_object *parsed = NULL;
    size_t size = strlen(reply);

    REQUIRE(json_parse(reply, size, &parsed) == 0 && json_object_is_type(parsed, json_type_object));
    json_object_put(parsed);
    free(reply);
}

/* Reads all texts of a state that must be there. */
static void check_status(struct tr_status *status)
{
    size_t n = strlen(status->version) + strlen(status->product) + strlen(status->name);

    n += strlen(status->server->label) + strlen(status->registration->guid ? status->registration->guid : "");
    for (size_t i = 0; i < status->n_staged; i++)
        n += strlen(status->staged[i]->user_name);
    if (status->registration->last_failure)
        n += strlen(status->registration->last_failure->message);
    if (status->registration->certificate)
        n += strlen(status->registration->certificate->serial);
    REQUIRE(n < TR_MESSAGE_MAX);
    tr_status_free(status);
}

/* Sends so many bytes of what is left. The client may have hung up before. */
static void send_some(struct asking *asking, size_t n)
{
    if (n > asking->n)
        n = asking->n;
    REQUIRE(n == 0 || write(asking->far, asking->rest, n) == (ssize_t)n || errno == EPIPE);
    asking->rest += n;
    asking->n -= n;
}

/* Sends what is left and hangs up, so that nothing is waited for. */
static void send_rest(struct asking *asking)
{
    send_some(asking, asking->n);
    (void)shutdown(asking->far, SHUT_WR);
}

static void ask_and_wait(struct asking *asking)
{
    struct tr_status *status;
    struct tr_error error;
    char *reply;

    send_rest(asking);
    if (tr_get_status(asking->client, &status, &error) >= 0)
        check_status(status);
    else
        check_error(&error);
    if (tr_call(asking->client, "Commit", "{\"comment\":\"x\"}", &reply, &error) >= 0)
        check_reply(reply);
    else
        check_error(&error);
    const char *parameters = tr_client_error_parameters(asking->client);
    if (parameters)
        check_reply(strdup(parameters));
}

static void watch(struct asking *asking, size_t first)
{
    struct tr_status *status = NULL;
    struct tr_error error;
    int r = tr_watch_start(asking->client, &error);

    REQUIRE(r == 0);
    send_some(asking, first);
    r = tr_watch_next(asking->client, 0, &status, &error);
    if (r == -EAGAIN || r == 1) {
        if (r == 1)
            check_status(status);
        send_rest(asking);
        while ((r = tr_watch_next(asking->client, 0, &status, &error)) >= 0) {
            check_status(status);
            if (r == 0)
                break;
        }
    } else if (r == 0)
        check_status(status);
    if (r < 0)
        check_error(&error);
}

static void stream(struct asking *asking)
{
    struct tr_error error;
    char *reply = NULL;
    int r;

    REQUIRE(tr_stream_start(asking->client, "Check", "{}", &error) == 0);
    send_rest(asking);
    while ((r = tr_stream_next(asking->client, 0, &reply, &error)) >= 0) {
        check_reply(reply);
        if (r == 0)
            return;
    }
    check_error(&error);
}

static void on_answer(void *userdata, int result, const char *reply, const struct tr_error *error)
{
    struct asking *asking = userdata;

    asking->ended++;
    if (result < 0)
        check_error(error);
    else
        check_reply(strdup(reply));
    if (result >= 0 && asking->begun < CALLS_MAX &&
        tr_call_start(asking->client, "GetStatus", NULL, on_answer, asking, NULL) == 0)
        asking->begun++;
}

static void ask_without_waiting(struct asking *asking, size_t first)
{
    while (asking->begun < CALLS_MAX / 2) {
        REQUIRE(tr_call_start(asking->client, "GetSettings", NULL, on_answer, asking, NULL) == 0);
        asking->begun++;
    }
    send_some(asking, first);
    tr_process(asking->client);
    send_rest(asking);
    while (tr_client_get_events(asking->client) & POLLIN && tr_process(asking->client) > 0)
        continue;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int pair[2], room = 1 << 20;

    if (size < 2)
        return 0;
    signal(SIGPIPE, SIG_IGN);
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
    REQUIRE(setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room)) == 0);
    struct asking asking = { .far = pair[1], .rest = data + 2, .n = size - 2 };
    size_t first = asking.n * data[1] / 256;

    REQUIRE(tr_client_new_fd(pair[0], &asking.client) == 0);
    if (data[0] % 4 == 0)
        ask_and_wait(&asking);
    else if (data[0] % 4 == 1)
        watch(&asking, first);
    else if (data[0] % 4 == 2)
        stream(&asking);
    else
        ask_without_waiting(&asking, first);
    tr_client_free(asking.client);
    REQUIRE(asking.ended == asking.begun);
    close(pair[1]);
    return 0;
}
