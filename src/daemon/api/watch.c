#include "daemon/api/watch.h"

#include "daemon/api/reply.h"
#include "daemon/api/status.h"

#include <errno.h>

void watch_forget_replies(struct api *api)
{
    for (size_t i = 0; i < ELEMENTS(api->status); i++) {
        free(api->status[i].text);
        api->status[i].text = NULL;
    }
}

/* Returns the text of a reply, which the caller frees; NULL without memory. That of a stream says that more follow. */
static char *make_text(const struct api *api, bool stream, size_t *ret_size)
{
    json_object *parameters = reply_object("status", status_json(api));
    _cleanup_json_ json_object *reply = parameters ? varlink_make_reply(parameters) : NULL;

    if (!reply || (stream && json_add_bool(reply, "continues", true) < 0))
        return NULL;
    const char *text = json_text(reply, ret_size);
    return text ? strdup(text) : NULL;
}

const struct status_reply *watch_newest_reply(struct api *api, bool stream)
{
    struct status_reply *reply = &api->status[stream];

    if (reply->text && reply->changes == api->core->changes)
        return reply;
    free(reply->text);
    reply->text = make_text(api, stream, &reply->size);
    reply->changes = api->core->changes;
    return reply;
}

static int send_newest(struct connection *connection, void *data)
{
    const struct status_reply *reply = watch_newest_reply(data, true);

    return reply->text ? varlink_stream_send_text(&connection->stream, reply->text, reply->size) : -ENOMEM;
}

static const struct connection_role watcher = { .send_newest = send_newest };

int watch_get_status(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    struct connection *connection = userdata;
    struct api *api = api_of(connection);

    (void)ret_reply;
    if (call->more) {
        connection_set_role(connection, &watcher, api);
        return 1;
    }
    if (call->oneway)
        return 1;
    const struct status_reply *reply = watch_newest_reply(api, false);
    if (!reply->text)
        return -ENOMEM;
    /* Replies to calls that came together are sent together. */
    bool alone = !varlink_stream_partial(&connection->stream);
    int r = alone ? varlink_stream_send_text(&connection->stream, reply->text, reply->size)
                  : varlink_stream_queue_text(&connection->stream, reply->text, reply->size);
    return r < 0 ? r : 1;
}

void watch_publish(struct api *api)
{
    server_wake(&api->server, &watcher);
}

size_t watch_count(const struct api *api)
{
    return server_count_role(&api->server, &watcher);
}
