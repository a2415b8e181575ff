#include "daemon/socket/server.h"

#include "daemon/socket/connection.h"

#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>

enum {
    EVENTS = 64,
    END_USEC = 1000000, /* how long the end waits for clients that have connected but not sent their call */
};

/* Tells a client why its connection is refused. limit is the configuration's key that forbids it. */
static void turn_away(struct server *server, int fd, const char *message, const char *limit)
{
    char remedy[256];
    size_t size;

    server->core->counters.connections_refused++;
    snprintf(remedy, sizeof(remedy),
        "End programs that keep connections to the daemon open, or raise %s in the configuration.", limit);
    _cleanup_json_ json_object *refusal = server->handlers->make_refusal(REASON_BUSY, message, remedy);
    const char *text = refusal ? json_text(refusal, &size) : NULL;
    if (text)
        (void)!send(fd, text, size + 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static size_t count_connections_of(const struct server *server, uid_t uid)
{
    size_t n = 0;

    for (const struct connection *connection = server->connections; connection; connection = connection->next)
        n += connection->uid == uid;
    return n;
}

static bool on_accepted(void *userdata, int fd, const struct ucred *peer)
{
    struct server *server = userdata;
    const struct config *config = server->core->config;

    if (server->n_connections >= (size_t)config->max_connections)
        turn_away(server, fd, "There are too many connections.", "api.max_connections");
    else if (count_connections_of(server, peer->uid) >= (size_t)config->max_connections_per_uid)
        turn_away(server, fd, "There are too many connections of this user.", "api.max_connections_per_uid");
    else
        return connection_add(server, fd, peer) >= 0;
    return false;
}

static size_t allowed_connections(void *userdata)
{
    const struct server *server = userdata;

    return (size_t)server->core->config->max_connections;
}

/* Ends the loop if each client has sent a call and all replies are sent. */
static int end_if_served(struct server *server)
{
    for (const struct connection *connection = server->connections; connection; connection = connection->next)
        if (!connection->asked || varlink_stream_pending(&connection->stream) > 0)
            return 0;
    return sd_event_exit(server->core->event, 0);
}

/* Serves the connections that are ready; serving one never frees another. They have an epoll of their own: sd-event
 * asks the kernel anew after each callback, which would be three quarters of the work with many busy connections. */
static int on_ready(sd_event_source *source, int epoll, uint32_t revents, void *userdata)
{
    struct server *server = userdata;
    struct epoll_event events[EVENTS];
    int n = epoll_wait(epoll, events, EVENTS, 0);

    (void)source;
    (void)revents;
    for (int i = 0; i < n; i++)
        connection_serve(events[i].data.ptr, events[i].events);
    return server->end ? end_if_served(server) : 0;
}

int server_end(struct server *server)
{
    sd_event *event = server->core->event;

    if (server->end)
        return sd_event_exit(event, 0);
    accept_stop(&server->acceptor);
    /* A timer without a callback ends the loop. */
    int r = sd_event_add_time_relative(event, &server->end, CLOCK_MONOTONIC, END_USEC, 0, NULL, NULL);
    /* Calls that have arrived on older connections are answered first. */
    return r < 0 ? r : on_ready(NULL, server->epoll, 0, server);
}

void server_wake(struct server *server, const struct connection_role *role)
{
    for (struct connection *connection = server->connections, *next; connection; connection = next) {
        next = connection->next;
        if (connection->role == role)
            connection_wake(connection);
    }
}

size_t server_count_role(const struct server *server, const struct connection_role *role)
{
    size_t n = 0;

    for (const struct connection *connection = server->connections; connection; connection = connection->next)
        n += connection->role == role;
    return n;
}

int server_start(struct server *server, struct core *core, const struct server_handlers *handlers,
    void *userdata, const char *path)
{
    *server = (struct server){
        .core = core,
        .handlers = handlers,
        .userdata = userdata,
        .acceptor = { .accepted = on_accepted,
            .allowed = allowed_connections,
            .userdata = server,
            .log = &server->log },
        .log = { .event = core->event },
        .epoll = -1,
    };

    int r = listener_open(&server->listener, core->config, path);
    if (r < 0)
        return r;
    server->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (server->epoll < 0)
        return -errno;
    r = sd_event_add_io(core->event, &server->ready, server->epoll, EPOLLIN, on_ready, server);
    if (r < 0)
        return r;
    return accept_start(&server->acceptor, core->event, server->listener.fd);
}

void server_stop(struct server *server)
{
    if (!server->core)
        return;
    while (server->connections)
        connection_free(server->connections);
    accept_stop(&server->acceptor);
    server->ready = sd_event_source_disable_unref(server->ready);
    server->end = sd_event_source_disable_unref(server->end);
    listener_close(&server->listener);
    access_done(&server->access);
    peer_log_end_minute(&server->log);
    safe_close(server->epoll);
    *server = (struct server){ 0 };
}
