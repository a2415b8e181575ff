#include "daemon/api/api.h"

#include "common/clock.h"
#include "daemon/manager.h"

#include <errno.h>

static const struct service service = { "threatresponsed", &api_interface };

static json_object *permission_denied(const struct connection *connection, const char *method)
{
    json_object *parameters = json_object_new_object();

    if (!parameters)
        return NULL;
    connection_log_refusal(connection, method);
    json_add_string(parameters, "method", method);
    json_add_string(parameters, "group", connection->server->manager->config->admin_group);
    return varlink_make_error("org.threatresponse.agent.PermissionDenied", parameters);
}

void api_settle(struct server *server)
{
    if (server->untimed == 0)
        return;

    uint64_t end = clock_nsec(CLOCK_MONOTONIC);
    metrics_count_time(&server->manager->metrics, server->untimed_method, server->untimed,
        end > server->turn ? end - server->turn : 0);
    server->untimed = 0;
}

/* Counts a call. The clock is not read for each: equal ones that came together are answered together. */
static void count(const struct connection *connection, size_t method, const char *error)
{
    struct server *server = connection->server;

    metrics_count_call(&server->manager->metrics, method, error);
    server->untimed_method = method;
    server->untimed++;
}

/* The place of a method that the dispatcher has answered itself. */
static size_t place_of(const char *method)
{
    const size_t length = strlen(api_interface.name);

    if (strncmp(method, api_interface.name, length) == 0 && method[length] == '.')
        for (size_t i = 0; api_interface.methods[i].name; i++)
            if (streq(api_interface.methods[i].name, method + length + 1))
                return i;
    return METRICS_METHODS_MAX - 1;
}

/* Sends the reply, which it takes over, unless the call wants none. */
static int answer(struct connection *connection, const struct varlink_call *call, json_object *message)
{
    int r = call->oneway ? 0 : varlink_stream_queue(&connection->stream, message);

    json_object_put(message);
    return r;
}

static int run(
    struct connection *connection, const struct varlink_call *call, const struct service_method *method)
{
    size_t place = (size_t)(method - api_interface.methods);
    json_object *message = NULL;
    int r = 0;

    if (place != connection->server->untimed_method)
        api_settle(connection->server);
    if (method->permission == SERVICE_WRITE && !connection_may_write(connection)) {
        message = permission_denied(connection, call->method);
        r = message ? 0 : -ENOMEM;
    } else
        r = method->run(connection, call, &message);
    if (r < 0)
        return r;
    if (r > 0 && call->more)
        metrics_count_stream(&connection->server->manager->metrics, place);
    else
        count(connection, place, json_get_string(message, "error"));
    return r > 0 ? 0 : answer(connection, call, message);
}

/* Works out what a text means, of which copy holds the beginning, and runs it. */
static int run_text(struct connection *connection, char *text, size_t size, const char *copy)
{
    const struct service_method *method = NULL;
    json_object *message = NULL;
    struct varlink_call call;

    int r = varlink_call_parse(text, size, &call);
    if (r < 0)
        return r;
    r = service_dispatch(&service, &call, &method, &message);
    if (r == 0) {
        api_settle(connection->server);
        count(connection, place_of(call.method), json_get_string(message, "error"));
        r = answer(connection, &call, message);
    } else if (r > 0)
        r = run(connection, &call, method);
    if (method)
        recent_keep(&connection->server->recent, copy, size, &call, method);
    varlink_call_done(&call);
    return r;
}

int api_run(struct connection *connection, char *text, size_t size)
{
    const struct recent_call *known = recent_find(&connection->server->recent, text, size);
    char copy[RECENT_SIZE_MAX];

    if (known)
        return run(connection, &known->call, known->method);
    /* The text does not outlive its parsing. */
    size_t copied = size < sizeof(copy) ? size : sizeof(copy);
    memcpy(copy, text, copied);
    int r = run_text(connection, text, size, copy);
    explicit_bzero(copy, copied);
    return r;
}
