#include "daemon/api/dispatch.h"

#include "common/clock.h"
#include "daemon/api/api.h"
#include "daemon/api/reply.h"

#include <errno.h>

/* Logs that a call is not permitted and returns the error; NULL without memory. */
static json_object *make_permission_denied(const struct connection *connection, const char *method)
{
    json_object *parameters = reply_string("method", method);

    if (!parameters)
        return NULL;
    connection_log_refusal(connection, method);
    json_add_string(parameters, "group", connection->server->core->config->admin_group);
    return varlink_make_error(AGENT_INTERFACE ".PermissionDenied", parameters);
}

void dispatch_count_time(void *userdata)
{
    struct api *api = userdata;
    uint64_t woken, now;

    if (api->untimed == 0)
        return;
    /* A call that is ready had arrived when the loop woke. */
    sd_event_now(api->core->event, CLOCK_MONOTONIC, &woken);
    now = clock_nsec(CLOCK_MONOTONIC);
    counters_count_time(
        &api->core->counters, api->untimed_method, api->untimed, now > 1000 * woken ? now - 1000 * woken : 0);
    api->untimed = 0;
}

/* Counts a call. Its time is counted later: calls of one method that came together share one look at the clock. */
static void count_call(struct api *api, size_t method, const char *error)
{
    counters_count_call(&api->core->counters, method, error);
    api->untimed_method = method;
    api->untimed++;
}

/* Returns the index of a method, by its name, for the counters. */
static size_t find_place(const struct service_interface *interface, const char *method)
{
    size_t place = 0;

    for (; interface; interface = interface->next) {
        const size_t length = strlen(interface->name);
        bool ours = strncmp(method, interface->name, length) == 0 && method[length] == '.';

        for (const struct service_method *row = interface->methods; row->name; row++, place++)
            if (ours && streq(row->name, method + length + 1))
                return place;
    }
    return COUNTERS_METHODS_MAX - 1;
}

/* Returns the index of a method, by its row, for the counters. */
static size_t place_of(const struct service_interface *interface, const struct service_method *method)
{
    size_t place = 0;

    for (; interface; interface = interface->next)
        for (const struct service_method *row = interface->methods; row->name; row++, place++)
            if (row == method)
                return place;
    return COUNTERS_METHODS_MAX - 1;
}

/* Queues the reply, unless the call wants none. Takes the message over. */
static int send_reply(struct connection *connection, const struct varlink_call *call, json_object *message)
{
    int r = call->oneway ? 0 : varlink_stream_queue(&connection->stream, message);

    json_object_put(message);
    return r;
}

static int run_method(
    struct connection *connection, const struct varlink_call *call, const struct service_method *method)
{
    struct api *api = api_of(connection);
    size_t place = place_of(api->interface, method);
    json_object *message = NULL;
    int r = 0;

    if (place != api->untimed_method)
        dispatch_count_time(api);
    if (method->permission == SERVICE_WRITE && !connection_may_write(connection)) {
        message = make_permission_denied(connection, call->method);
        r = message ? 0 : -ENOMEM;
    } else
        r = method->run(connection, call, &message);
    if (r < 0)
        return r;
    if (r > 0 && call->more)
        counters_count_stream(&api->core->counters, place);
    else
        count_call(api, place, json_get_string(message, "error"));
    return r > 0 ? 0 : send_reply(connection, call, message);
}

/* Parses a text and runs the call. copy has the beginning of the text, which the parser overwrites. */
static int run_text(struct connection *connection, char *text, size_t size, const char *copy)
{
    struct api *api = api_of(connection);
    const struct service service = { "threatresponsed", api->interface };
    const struct service_method *method = NULL;
    json_object *message = NULL;
    struct varlink_call call;

    int r = varlink_call_parse(text, size, &call);
    if (r < 0)
        return r;
    r = service_dispatch(&service, &call, &method, &message);
    if (r == 0) {
        dispatch_count_time(api);
        count_call(api, find_place(api->interface, call.method), json_get_string(message, "error"));
        r = send_reply(connection, &call, message);
    } else if (r > 0)
        r = run_method(connection, &call, method);
    if (method)
        call_cache_keep(&api->cache, copy, size, &call, method);
    varlink_call_done(&call);
    return r;
}

/* Runs a call that is not in the cache. The parser overwrites the text, so the cache needs a copy. */
static int run_new(struct connection *connection, char *text, size_t size)
{
    char copy[CALL_CACHE_SIZE_MAX];
    size_t copied = size < sizeof(copy) ? size : sizeof(copy);

    memcpy(copy, text, copied);
    int r = run_text(connection, text, size, copy);
    explicit_bzero(copy, copied);
    return r;
}

int dispatch_call(struct connection *connection, char *text, size_t size)
{
    const struct cached_call *known = call_cache_find(&api_of(connection)->cache, text, size);

    return known ? run_method(connection, &known->call, known->method) : run_new(connection, text, size);
}
