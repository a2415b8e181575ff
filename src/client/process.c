#include "client/error.h"
#include "client/exchange.h"
#include "client/pending.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>

int tr_call_start(struct tr_client *client, const char *method, const char *parameters, tr_callback callback,
    void *userdata, struct tr_error *error)
{
    struct client_call *call = client_call_new(client_due(client->timeout_ms), callback, userdata);

    if (!call)
        return client_fail_exchange(error, -ENOMEM);
    int r = client_queue(client, method, parameters, false, client_now(), error);
    if (r < 0) {
        free(call);
        return r;
    }
    client_add_call(client, call);
    /* tr_process sends the rest, and sees why something can't be sent. */
    (void)varlink_stream_flush(&client->stream);
    return 0;
}

short tr_client_get_events(const struct tr_client *client)
{
    if (client->fd < 0)
        return 0;
    return (short)(POLLIN | (varlink_stream_pending(&client->stream) > 0 ? POLLOUT : 0));
}

int tr_client_get_timeout(const struct tr_client *client)
{
    int64_t due = client_calls_due(client), left = due - client_now();

    if (due < 0)
        return -1;
    return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

/* Ends the oldest call with a reply, which is ended, too. Returns 0, or -EBADMSG if no call waits for such a one. */
static int take_reply(struct tr_client *client, struct varlink_reply *reply)
{
    struct tr_error error;

    if (!client->calls || reply->continues) {
        varlink_reply_done(reply);
        return -EBADMSG;
    }
    if (reply->error) {
        int r = client_note_error(client, reply, &error);
        client_end_call(client, r, NULL, &error);
        return 0;
    }
    const char *text = reply->parameters ? json_text(reply->parameters, NULL) : "{}";
    if (text)
        client_end_call(client, 0, text, NULL);
    else {
        int r = client_fail_exchange(&error, -ENOMEM);
        client_end_call(client, r, NULL, &error);
    }
    varlink_reply_done(reply);
    return 0;
}

/* Ends one call if its answer is there. Returns 1, 0 if it isn't, or a negative errno that ends the connection. */
static int process_reply(struct tr_client *client)
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
            r = take_reply(client, &reply);
        return r < 0 ? r : 1;
    }
}

int tr_process(struct tr_client *client)
{
    int ended = 0, r = 0;

    if (client->fd >= 0 && client->calls) {
        /* A daemon that refuses the connection says why before it closes it: the answer can still be read. */
        (void)varlink_stream_flush(&client->stream);
        while (client->calls && (r = process_reply(client)) > 0)
            ended++;
    }
    int64_t due = client_calls_due(client);
    if (r == 0 && due >= 0 && due <= client_now())
        r = -ETIMEDOUT;
    if (r < 0) {
        client_close(client);
        ended += client_fail_calls(client, r);
    }
    return ended;
}
