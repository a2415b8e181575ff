#include "api.h"

#include "manager.h"

#include <errno.h>
#include <time.h>

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

/* How long the call took that ends now. It began when the last one of this turn had ended: a clock is not read
 * twice for each call. */
static uint64_t end_call(const struct connection *connection)
{
    uint64_t *clock = &connection->server->clock, begin = *clock;
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    *clock = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
    return *clock - begin;
}

static struct metrics *metrics_of(const struct connection *connection)
{
    return &connection->server->manager->metrics;
}

/* Counts a call that the dispatcher has answered itself. */
static void count_answered(
    const struct connection *connection, const struct varlink_call *call, json_object *message)
{
    const size_t length = strlen(api_interface.name);
    size_t place = METRICS_METHODS_MAX - 1;

    if (strncmp(call->method, api_interface.name, length) == 0 && call->method[length] == '.')
        for (size_t i = 0; api_interface.methods[i].name; i++)
            if (streq(api_interface.methods[i].name, call->method + length + 1))
                place = i;
    metrics_count_call(
        metrics_of(connection), place, json_get_string(message, "error"), end_call(connection));
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

    if (method->permission == SERVICE_WRITE && !connection_may_write(connection)) {
        message = permission_denied(connection, call->method);
        r = message ? 0 : -ENOMEM;
    } else
        r = method->run(connection, call, &message);
    if (r < 0)
        return r;
    if (r > 0 && call->more)
        metrics_count_stream(metrics_of(connection), place);
    else
        metrics_count_call(
            metrics_of(connection), place, json_get_string(message, "error"), end_call(connection));
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
        count_answered(connection, &call, message);
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
