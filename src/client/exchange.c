#include "client/exchange.h"

#include "client/error.h"
#include "client/pending.h"
#include "client/resumption.h"
#include "varlink/agent.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>

void client_disconnect(struct tr_client *client)
{
    client_close(client);
    client_resumption_end(client);
    client_fail_calls(client, -ECONNRESET);
}

int client_give_up(struct tr_client *client, int r, struct tr_error *error)
{
    client_disconnect(client);
    return client_fail_exchange(error, r);
}

static int flush_stream(struct tr_client *client, int64_t due)
{
    for (;;) {
        int r = varlink_stream_flush(&client->stream);
        if (r != -EAGAIN)
            return r;
        do
            r = client_wait(client, POLLOUT, due);
        while (r == -EINTR);
        if (r < 0)
            return r;
    }
}

/* Parses the parameters of a call; the object is NULL if there are none. */
static int parse_parameters(
    const char *method, const char *text, json_object **ret_object, struct tr_error *error)
{
    int r = text ? json_parse(text, strlen(text), ret_object) : 0;

    if (r == -EBADMSG)
        return client_fail(error, -EINVAL, TR_CLASS_USAGE, "bad_parameters",
            "Give them as {\"name\": value, ...} in strict JSON.",
            "The parameters of %.64s are not a JSON object in UTF-8.", method);
    return r < 0 ? client_fail_exchange(error, r) : 0;
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
    int n = snprintf(name, sizeof(name), "%s%s", strchr(method, '.') ? "" : AGENT_INTERFACE ".", method);
    message = varlink_make_call(name, object, more);
    if (!message)
        return client_fail_exchange(error, -ENOMEM);
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
    return r < 0 ? client_fail_exchange(error, r) : 0;
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
    r = flush_stream(client, due);
    /* A daemon that refuses the connection says why before it closes it: the answer can still be read. */
    if (r < 0 && r != -EPIPE && r != -ECONNRESET) {
        client_close(client);
        return client_fail_exchange(error, r);
    }
    return 0;
}

int client_next_message(struct tr_client *client, int64_t due, struct varlink_reply *ret)
{
    for (;;) {
        size_t size;
        char *text;

        int r = varlink_stream_next(&client->stream, &text, &size);
        if (r > 0)
            return varlink_reply_parse(text, size, ret);
        if (r < 0)
            return r;

        r = client_wait(client, POLLIN, due);
        if (r < 0)
            return r;
        ssize_t n = varlink_stream_read(&client->stream);
        if (n == 0)
            return -ECONNRESET;
        if (n < 0 && n != -EAGAIN && n != -EINTR)
            return (int)n;
    }
}

int client_note_error(struct tr_client *client, struct varlink_reply *reply, struct tr_error *error)
{
    const char *text = reply->parameters ? json_text(reply->parameters, NULL) : "{}";

    freep(&client->error_parameters);
    client->error_parameters = text ? strdup(text) : NULL;
    int r = client_fail_reply(error, reply->error, reply->parameters);
    varlink_reply_done(reply);
    return r;
}

int client_refuse(struct tr_client *client, struct varlink_reply *reply, struct tr_error *error)
{
    int r = client_note_error(client, reply, error);

    /* The answer came before the call was sent: the daemon has refused and closed this connection. */
    if (varlink_stream_pending(&client->stream) > 0)
        client_disconnect(client);
    return r;
}

int client_receive(
    struct tr_client *client, int64_t due, struct varlink_reply *ret_reply, struct tr_error *error)
{
    struct varlink_reply reply = { 0 };
    int r;

    do
        r = client_next_message(client, due, &reply);
    while (r == -EINTR);
    if (r >= 0 && reply.continues) {
        varlink_reply_done(&reply);
        r = -EBADMSG;
    }
    if (r < 0)
        return client_give_up(client, r, error);
    if (reply.error)
        return client_refuse(client, &reply, error);

    *ret_reply = reply;
    return 0;
}

int client_take_text(struct varlink_reply *reply, char **ret_text, struct tr_error *error)
{
    const char *text = reply->parameters ? json_text(reply->parameters, NULL) : "{}";
    char *copy = text ? strdup(text) : NULL;

    varlink_reply_done(reply);
    if (!copy)
        return client_fail_exchange(error, -ENOMEM);
    *ret_text = copy;
    return 0;
}
