#include "client/exchange.h"
#include "client/status.h"
#include "client/stream.h"

#include <errno.h>

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
    return client_take_text(&reply, ret_reply, error);
}

/* Makes a state of a reply, which it ends. One that can't be read ends the connection, like any other bad answer. */
static int take_status(struct tr_client *client, struct varlink_reply *reply, struct tr_status **ret_status,
    struct tr_error *error)
{
    int r = client_status_new(reply, ret_status);

    varlink_reply_done(reply);
    return r < 0 ? client_give_up(client, r, error) : 0;
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
