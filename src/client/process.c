#include "client/client.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>

/* One call that is under way. */
struct client_call {
    struct client_call *next;
    int64_t due;
    tr_callback callback;
    void *userdata;
};

static void append(struct tr_client *client, struct client_call *call)
{
    struct client_call **end = &client->calls;

    while (*end)
        end = &(*end)->next;
    *end = call;
}

int tr_call_start(struct tr_client *client, const char *method, const char *parameters, tr_callback callback,
    void *userdata, struct tr_error *error)
{
    struct client_call *call = malloc(sizeof(*call));

    if (!call)
        return client_fail_talk(error, -ENOMEM);
    *call = (struct client_call){
        .due = client_due(client->timeout_ms), .callback = callback, .userdata = userdata
    };

    int r = client_queue(client, method, parameters, false, client_now(), error);
    if (r < 0) {
        free(call);
        return r;
    }
    append(client, call);
    /* What can't be sent yet, and why, tr_process sees. */
    (void)varlink_stream_flush(&client->stream);
    return 0;
}

short tr_client_get_events(const struct tr_client *client)
{
    if (client->fd < 0)
        return 0;
    return (short)(POLLIN | (varlink_stream_pending(&client->stream) > 0 ? POLLOUT : 0));
}

/* When the first of the calls is due; -1: never. The limit may have changed between them. */
static int64_t first_due(const struct tr_client *client)
{
    int64_t first = -1;

    for (const struct client_call *call = client->calls; call; call = call->next)
        if (call->due >= 0 && (first < 0 || call->due < first))
            first = call->due;
    return first;
}

int tr_client_get_timeout(const struct tr_client *client)
{
    int64_t due = first_due(client), left = due - client_now();

    if (due < 0)
        return -1;
    return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

/* Tells the end of a call and forgets it. */
static void end_call(struct client_call *call, int r, const char *reply, const struct tr_error *error)
{
    call->callback(call->userdata, r, reply, error);
    free(call);
}

void client_fail_calls(struct tr_client *client, int r)
{
    struct client_call *calls = TAKE_PTR(client->calls);

    /* New calls of the callbacks are not among them. */
    while (calls) {
        struct client_call *call = calls;
        struct tr_error error;

        calls = call->next;
        int failure = client_fail_talk(&error, r);
        end_call(call, failure, NULL, &error);
    }
}

/* Gives an answer to the call that waits for it. 0, or a negative errno if no more can be understood. */
static int give(struct tr_client *client, struct varlink_reply *reply)
{
    struct client_call *call = client->calls;
    struct tr_error error;

    if (!call || reply->continues) {
        varlink_reply_done(reply);
        return -EBADMSG;
    }
    client->calls = call->next;
    if (reply->error) {
        int r = client_refuse(client, reply, &error);
        end_call(call, r, NULL, &error);
        return 0;
    }
    const char *text = reply->parameters ? json_text(reply->parameters, NULL) : "{}";
    if (text)
        end_call(call, 0, text, NULL);
    else {
        int r = client_fail_talk(&error, -ENOMEM);
        end_call(call, r, NULL, &error);
    }
    varlink_reply_done(reply);
    return 0;
}

/* Gives the next answer. 1, 0 if there is none yet, or a negative errno that ends the connection. */
static int give_next(struct tr_client *client)
{
    struct varlink_reply reply;
    size_t size;
    char *text;

    for (;;) {
        int r = varlink_stream_next(&client->stream, &text, &size);
        if (r > 0)
            r = varlink_reply_parse(text, size, &reply);
        else if (r == 0) {
            ssize_t n = varlink_stream_read(&client->stream);

            if (n > 0 || n == -EINTR)
                continue;
            return n == 0 ? -ECONNRESET : n == -EAGAIN ? 0 : (int)n;
        }
        if (r == 0)
            r = give(client, &reply);
        return r < 0 ? r : 1;
    }
}

int tr_process(struct tr_client *client)
{
    int given = 0, r = 0;

    if (client->fd >= 0 && client->calls) {
        /* A daemon that refuses the connection says why: that is still there to be read. */
        (void)varlink_stream_flush(&client->stream);
        while (client->calls && (r = give_next(client)) > 0)
            given++;
    }
    int64_t due = first_due(client);
    if (r == 0 && due >= 0 && due <= client_now())
        r = -ETIMEDOUT;
    if (r < 0) {
        for (const struct client_call *call = client->calls; call; call = call->next)
            given++;
        client_close(client);
        client_fail_calls(client, r);
    }
    return given;
}
