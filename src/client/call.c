#include "client/client.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>

/* Ends the connection: what would come next on it can't be known any more. */
static int give_up(struct tr_client *client, int r, struct tr_error *error)
{
    tr_client_disconnect(client);
    return client_fail_talk(error, r);
}

/* Waits until the descriptor is ready. -ETIMEDOUT when it is due, -EINTR. */
static int wait_for(int fd, short events, int64_t due)
{
    struct pollfd poll_fd = { .fd = fd, .events = events };
    int64_t left = due < 0 ? -1 : due - client_now();

    if (due >= 0 && left < 0)
        left = 0;
    int n = poll(&poll_fd, 1, left > INT_MAX ? INT_MAX : (int)left);
    if (n < 0)
        return -errno;
    return n == 0 ? -ETIMEDOUT : 0;
}

static int flush(struct tr_client *client, int64_t due)
{
    for (;;) {
        int r = varlink_stream_flush(&client->stream);
        if (r != -EAGAIN)
            return r;
        do
            r = wait_for(client->fd, POLLOUT, due);
        while (r == -EINTR);
        if (r < 0)
            return r;
    }
}

/* The parameters as an object; NULL if there are none. */
static int parse_parameters(
    const char *method, const char *text, json_object **ret_object, struct tr_error *error)
{
    int r = text ? json_parse(text, strlen(text), ret_object) : 0;

    if (r == -EBADMSG)
        return client_fail(error, -EINVAL, TR_CLASS_USAGE, "bad_parameters",
            "Give them as {\"name\": value, ...} in strict JSON.",
            "The parameters of %.64s are no JSON object in UTF-8.", method);
    return r < 0 ? client_fail_talk(error, r) : 0;
}

int client_queue(struct tr_client *client, const char *method, const char *parameters, bool more, int64_t due,
    struct tr_error *error)
{
    _cleanup_json_erase_ json_object *message = NULL;
    json_object *object = NULL;
    char name[256];

    freep(&client->error_parameters);
    client->error_parameters = NULL;

    int r = parse_parameters(method, parameters, &object, error);
    if (r < 0)
        return r;
    int n = snprintf(name, sizeof(name), "%s%s", strchr(method, '.') ? "" : CLIENT_INTERFACE ".", method);
    message = varlink_make_call(name, object, more);
    if (!message)
        return client_fail_talk(error, -ENOMEM);
    if (n >= (int)sizeof(name))
        return client_fail(
            error, -EINVAL, TR_CLASS_USAGE, "bad_parameters", NULL, "The name of the method is too long.");
    if (client->streaming || client->resumption.lost)
        return client_fail(error, -EBUSY, TR_CLASS_FAILED, "busy_client",
            "End the stream first, or use a client of its own for it.",
            "A stream runs on this connection, so it can't take another call.");

    r = client_connect(client, due, error);
    if (r < 0)
        return r;
    r = varlink_stream_queue(&client->stream, message);
    if (r == -ENOBUFS)
        return client_fail(error, -EMSGSIZE, TR_CLASS_USAGE, "bad_parameters", NULL,
            "The parameters are longer than %d bytes.", TR_MESSAGE_MAX);
    return r < 0 ? client_fail_talk(error, r) : 0;
}

int client_send(struct tr_client *client, const char *method, const char *parameters, bool more, int64_t due,
    struct tr_error *error)
{
    if (client->calls)
        return client_fail(error, -EBUSY, TR_CLASS_FAILED, "busy_client",
            "Wait for their answers, or use a client of its own.",
            "Calls of tr_call_start are under way on this connection, so it can't wait for another one.");

    int r = client_queue(client, method, parameters, more, due, error);
    if (r < 0)
        return r;
    r = flush(client, due);
    /* A daemon that refuses a connection says why before it closes it: that is still there to be read. */
    if (r < 0 && r != -EPIPE && r != -ECONNRESET) {
        client_close(client);
        return client_fail_talk(error, r);
    }
    return 0;
}

/* Gets the next message, whatever it says. -ETIMEDOUT and -EINTR leave the connection as it is. */
static int next_message(struct tr_client *client, int64_t due, struct varlink_reply *ret)
{
    for (;;) {
        size_t size;
        char *text;

        int r = varlink_stream_next(&client->stream, &text, &size);
        if (r > 0)
            return varlink_reply_parse(text, size, ret);
        if (r < 0)
            return r;

        r = wait_for(client->fd, POLLIN, due);
        if (r < 0)
            return r;
        ssize_t n = varlink_stream_read(&client->stream);
        if (n == 0)
            return -ECONNRESET;
        if (n < 0 && n != -EAGAIN && n != -EINTR)
            return (int)n;
    }
}

int client_refuse(struct tr_client *client, struct varlink_reply *reply, struct tr_error *error)
{
    const char *text = reply->parameters ? json_text(reply->parameters, NULL) : "{}";

    freep(&client->error_parameters);
    client->error_parameters = text ? strdup(text) : NULL;
    int r = client_fail_reply(error, reply->error, reply->parameters);
    varlink_reply_done(reply);
    return r;
}

static int refuse(struct tr_client *client, struct varlink_reply *reply, struct tr_error *error)
{
    int r = client_refuse(client, reply, error);

    /* Refused before the call was sent: the daemon has closed this connection. */
    if (varlink_stream_pending(&client->stream) > 0)
        tr_client_disconnect(client);
    return r;
}

int client_receive(
    struct tr_client *client, int64_t due, struct varlink_reply *ret_reply, struct tr_error *error)
{
    struct varlink_reply reply = { 0 };
    int r;

    do
        r = next_message(client, due, &reply);
    while (r == -EINTR);
    if (r >= 0 && reply.continues) {
        varlink_reply_done(&reply);
        r = -EBADMSG;
    }
    if (r < 0)
        return give_up(client, r, error);
    if (reply.error)
        return refuse(client, &reply, error);

    *ret_reply = reply;
    return 0;
}

/* Gets the next message of a stream, over a new connection if the old one is lost. 1, or what tr_stream_next
 * returns without an answer. */
static int await(
    struct tr_client *client, int64_t due, struct varlink_reply *ret_reply, struct tr_error *error)
{
    for (;;) {
        int r = client->resumption.lost ? client_resume(client, due, error) : 0;
        if (r < 0)
            return r;

        bool first = client->first_due >= 0 && (due < 0 || client->first_due <= due);
        r = next_message(client, first ? client->first_due : due, ret_reply);
        if (r >= 0)
            return 1;
        if (r == -ETIMEDOUT && !first)
            return -EAGAIN;
        if (r == -EINTR)
            return r;
        int lost = r == -ECONNRESET || r == -EPIPE ? client_resumption_lose(client) : 0;
        if (lost == 0)
            return give_up(client, r, error);
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
    int r = await(client, due, &reply, error);
    if (r != 1)
        return r;

    client->first_due = -1;
    client->streaming = reply.continues;
    client->resumption.answered = true;
    if (!reply.continues)
        client_resumption_end(client);
    if (reply.error)
        return refuse(client, &reply, error);

    *ret_reply = reply;
    return reply.continues ? 1 : 0;
}

/* Copies the parameters of a reply as text and ends the reply. */
static int take_text(struct varlink_reply *reply, char **ret_text, struct tr_error *error)
{
    const char *text = reply->parameters ? json_text(reply->parameters, NULL) : "{}";
    char *copy = text ? strdup(text) : NULL;

    varlink_reply_done(reply);
    if (!copy)
        return client_fail_talk(error, -ENOMEM);
    *ret_text = copy;
    return 0;
}

int tr_call(struct tr_client *client, const char *method, const char *parameters, char **ret_reply,
    struct tr_error *error)
{
    int64_t due = client_due(client->timeout_ms);
    struct varlink_reply reply = { 0 };

    int r = client_send(client, method, parameters, false, due, error);
    if (r >= 0)
        r = client_receive(client, due, &reply, error);
    if (r < 0)
        return r;
    return take_text(&reply, ret_reply, error);
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
    return r < 0 ? give_up(client, r, error) : 0;
}

int tr_stream_next(struct tr_client *client, int timeout_ms, char **ret_reply, struct tr_error *error)
{
    struct varlink_reply reply = { 0 };

    int more = client_receive_next(client, timeout_ms, &reply, error);
    if (more == TR_STREAM_LOST)
        *ret_reply = NULL;
    if (more < 0 || more == TR_STREAM_LOST)
        return more;
    int r = take_text(&reply, ret_reply, error);
    return r < 0 ? r : more;
}

/* A state that can't be read ends the connection as any other bad answer does. */
static int take_status(struct tr_client *client, struct varlink_reply *reply, struct tr_status **ret_status,
    struct tr_error *error)
{
    int r = client_status_new(reply, ret_status);

    varlink_reply_done(reply);
    return r < 0 ? give_up(client, r, error) : 0;
}

int tr_get_status(struct tr_client *client, struct tr_status **ret_status, struct tr_error *error)
{
    int64_t due = client_due(client->timeout_ms);
    struct varlink_reply reply = { 0 };

    int r = client_send(client, "GetStatus", NULL, false, due, error);
    if (r >= 0)
        r = client_receive(client, due, &reply, error);
    if (r < 0)
        return r;
    return take_status(client, &reply, ret_status, error);
}

int tr_watch_start(struct tr_client *client, struct tr_error *error)
{
    return tr_stream_start(client, "GetStatus", NULL, error);
}

int tr_watch_next(
    struct tr_client *client, int timeout_ms, struct tr_status **ret_status, struct tr_error *error)
{
    struct varlink_reply reply = { 0 };

    int more = client_receive_next(client, timeout_ms, &reply, error);
    if (more == TR_STREAM_LOST)
        *ret_status = NULL;
    if (more < 0 || more == TR_STREAM_LOST)
        return more;
    int r = take_status(client, &reply, ret_status, error);
    return r < 0 ? r : more;
}
