#include "worker/methods/serve.h"

#include "common/count-text.h"
#include "common/log.h"
#include "worker/http/http.h"
#include "worker/methods/interface.h"
#include "worker/methods/observables.h"
#include "worker/methods/send.h"

#include <errno.h>
#include <poll.h>

enum {
    MESSAGE_IN_MAX = 1 << 20,
    MESSAGE_OUT_MAX = 1 << 20,
};

struct server {
    struct varlink_stream stream;
    struct http *http;
    serve_confiner confine; /* NULL: it has been called */
};

static void server_done(struct server *server)
{
    varlink_stream_done(&server->stream);
    server->http = http_free(server->http);
}

static const struct service service = {
    .product = "threatresponse-worker",
    .interface = &worker_interface,
};

/* Confines reading for this call's trust anchors. A call without a network, except Recognise, leaves that to
 * the next one, which may name anchors. */
static void confine_reading(
    struct server *server, const struct varlink_call *call, const struct service_method *method)
{
    json_object *network = json_get_object(call->parameters, "network");

    if (!server->confine || (!network && method->run != method_recognise))
        return;
    server->confine(json_get_string(network, "caBundle"), json_get_string(network, "caFile"));
    server->confine = NULL;
}

static int run_call(struct server *server, const struct varlink_call *call)
{
    _cleanup_json_erase_ json_object *reply = NULL;
    const struct service_method *method;

    int r = service_dispatch(&service, call, &method, &reply);
    if (r > 0) {
        confine_reading(server, call, method);
        r = method->run(server->http, call, &reply);
    }
    if (r < 0) {
        log_error("The call %s can't be carried out: %s", call->method, strerror(-r));
        return r;
    }
    return call->oneway ? 0 : send_message(server->stream.fd_out, reply, MESSAGE_OUT_MAX);
}

static int run_message(struct server *server, char *text, size_t size)
{
    struct varlink_call call = { 0 };

    int r = varlink_call_parse(text, size, &call);
    if (r < 0) {
        log_error("The caller sent %s that are not a varlink call.", count_text((int64_t)size, "byte").text);
        return r;
    }
    r = run_call(server, &call);
    varlink_call_done(&call);
    return r;
}

/* Returns 1 when there may be another message, 0 at the end of the input, or a negative errno. */
static int receive_input(struct varlink_stream *stream)
{
    ssize_t n = varlink_stream_read(stream);

    if (n == -EAGAIN)
        (void)poll(&(struct pollfd){ .fd = stream->fd_in, .events = POLLIN }, 1, -1);
    if (n > 0 || n == -EAGAIN || n == -EINTR)
        return 1;
    if (n == 0 && varlink_stream_partial(stream)) {
        log_error("The caller hung up in the middle of a message.");
        return -EBADMSG;
    }
    return (int)n;
}

int serve(int fd_in, int fd_out, serve_confiner confine)
{
    _cleanup_(server_done) struct server server = { .http = http_new(fd_out), .confine = confine };
    char *text;
    size_t size;
    int r = 1;

    if (!server.http)
        return -ENOMEM;
    varlink_stream_init(&server.stream, fd_in, fd_out, MESSAGE_IN_MAX, MESSAGE_OUT_MAX);

    while (r > 0) {
        r = varlink_stream_next(&server.stream, &text, &size);
        if (r > 0) {
            r = run_message(&server, text, size);
            if (r == 0)
                r = 1;
        } else if (r == 0)
            r = receive_input(&server.stream);
        if (r == -EMSGSIZE)
            log_error("The caller sent a message of more than %d bytes.", MESSAGE_IN_MAX);
    }
    /* A caller may hang up before it is answered. */
    return r == -EPIPE || r == -ECONNRESET ? 0 : r;
}
