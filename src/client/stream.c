#include "client/stream.h"

#include "client/error.h"
#include "client/exchange.h"
#include "client/resume.h"
#include "client/resumption.h"

#include <errno.h>

/* Waits for the next message of a stream, on a new connection if the old one is lost. Returns 1, or what
 * tr_stream_next() returns without an answer. */
static int await_message(
    struct tr_client *client, int64_t due, struct varlink_reply *ret_reply, struct tr_error *error)
{
    for (;;) {
        int r = client->resumption.lost ? client_resume(client, due, error) : 0;
        if (r < 0)
            return r;

        bool first = client->first_due >= 0 && (due < 0 || client->first_due <= due);
        r = client_next_message(client, first ? client->first_due : due, ret_reply);
        if (r >= 0)
            return 1;
        if (r == -ETIMEDOUT && !first)
            return -EAGAIN;
        if (r == -EINTR)
            return r;
        int lost = r == -ECONNRESET || r == -EPIPE ? client_resumption_lose(client) : 0;
        if (lost == 0)
            return client_give_up(client, r, error);
        if (lost > 0)
            return lost;
    }
}

int client_receive_next(
    struct tr_client *client, int timeout_ms, struct varlink_reply *ret_reply, struct tr_error *error)
{
    struct varlink_reply reply = { 0 };

    if (!client->streaming && !client->resumption.lost)
        return client_fail(error, -ENOTCONN, TR_CLASS_FAILED, "busy_client", "Start it again.",
            "No stream runs on this connection.");

    int64_t due = client_due(timeout_ms);
    int r = await_message(client, due, &reply, error);
    if (r != 1)
        return r;

    client->first_due = -1;
    client->streaming = reply.continues;
    client->resumption.answered = true;
    if (!reply.continues)
        client_resumption_end(client);
    if (reply.error)
        return client_refuse(client, &reply, error);

    *ret_reply = reply;
    return reply.continues ? 1 : 0;
}

int tr_stream_start(
    struct tr_client *client, const char *method, const char *parameters, struct tr_error *error)
{
    int64_t due = client_due(client->timeout_ms);

    int r = client_send(client, method, parameters, true, due, error);
    if (r < 0)
        return r;
    client->streaming = true;
    client->first_due = due;
    r = client_resumption_begin(client, method, parameters);
    return r < 0 ? client_give_up(client, r, error) : 0;
}

int tr_stream_next(struct tr_client *client, int timeout_ms, char **ret_reply, struct tr_error *error)
{
    struct varlink_reply reply = { 0 };

    int more = client_receive_next(client, timeout_ms, &reply, error);
    if (more == TR_STREAM_LOST)
        *ret_reply = NULL;
    if (more < 0 || more == TR_STREAM_LOST)
        return more;
    int r = client_take_text(&reply, ret_reply, error);
    return r < 0 ? r : more;
}
