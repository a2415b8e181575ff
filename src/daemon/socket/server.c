#include "daemon/socket/server.h"

#include "common/clock.h"
#include "daemon/socket/connection.h"

#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>

enum {
    EVENTS = 64,
    EVENTS_OF_USERS = 8,                /* handled before administrators are served again */
    END_USEC = 1000000,                 /* the end waits so long for first calls */
    FIRST_CALL_USEC = 60 * 1000 * 1000, /* limit for the first call of a client */
};

/* Tells a client why its connection is refused. limit is the configuration's key that forbids it. */
static void turn_away(struct server *server, int fd, const struct ucred *peer, const char *limit)
{
    bool of_user = streq(limit, "api.max_connections_per_uid");
    char message[64], remedy[256];
    size_t size;

    server->core->counters.connections_refused++;
    peer_log_line(&server->log, PEER_CONNECTION_REFUSED, peer, "has no place for a connection (%s)", limit);
    snprintf(message, sizeof(message), "There are too many connections%s.", of_user ? " of this user" : "");
    snprintf(remedy, sizeof(remedy),
        "End programs that keep connections to the daemon open, or raise %s in the configuration.", limit);
    _cleanup_json_ json_object *refusal = server->handlers->make_refusal(REASON_BUSY, message, remedy);
    const char *text = refusal ? json_text(refusal, &size) : NULL;
    if (text)
        (void)!send(fd, text, size + 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Returns true if a client has sent no call and has begun no message, which has its own time limit. */
static bool is_silent(const struct connection *connection)
{
    return !connection->asked && !varlink_stream_partial(&connection->stream);
}

/* Sets the timer for the oldest silent client; stops it if there is none. */
static int await_first_calls(struct server *server)
{
    uint64_t first = UINT64_MAX;

    for (const struct connection *connection = server->connections; connection; connection = connection->next)
        if (is_silent(connection) && connection->since < first)
            first = connection->since;
    if (first == UINT64_MAX)
        return 0;
    int r = sd_event_source_set_time(server->first_call, first + FIRST_CALL_USEC);
    return r < 0 ? r : sd_event_source_set_enabled(server->first_call, SD_EVENT_ONESHOT);
}

static int on_first_call_due(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct server *server = userdata;

    (void)source;
    for (struct connection *connection = server->connections, *next; connection; connection = next) {
        next = connection->next;
        if (is_silent(connection) && usec >= connection->since + FIRST_CALL_USEC)
            connection_end_because(connection, "it sent no call in time");
    }
    return await_first_calls(server);
}

/* Starts the time limit of a new client's first call. Leaves the timer of an older client alone. */
static int limit_silence(struct server *server)
{
    int enabled;

    if (!server->first_call)
        return sd_event_add_time_relative(server->core->event, &server->first_call, CLOCK_MONOTONIC,
            FIRST_CALL_USEC, 0, on_first_call_due, server);
    int r = sd_event_source_get_enabled(server->first_call, &enabled);
    if (r < 0 || enabled != SD_EVENT_OFF)
        return r;
    r = sd_event_source_set_time_relative(server->first_call, FIRST_CALL_USEC);
    return r < 0 ? r : sd_event_source_set_enabled(server->first_call, SD_EVENT_ONESHOT);
}

static enum place_rank rank_of(struct server *server, int fd, const struct ucred *peer)
{
    const char *group = server->core->config->admin_group;

    if (access_is_root(peer->uid))
        return PLACE_ROOT;
    return access_may_write_as_known(&server->access, group, fd, peer, clock_usec(CLOCK_BOOTTIME))
               ? PLACE_MEMBER
               : PLACE_USER;
}

static bool on_accepted(void *userdata, int fd, const struct ucred *peer)
{
    struct server *server = userdata;
    enum place_rank rank = rank_of(server, fd, peer);
    struct connection *victim;
    const char *limit = places_find(server, peer->uid, rank, &victim);

    if (limit) {
        turn_away(server, fd, peer, limit);
        return false;
    }
    if (limit_silence(server) < 0)
        return false;
    if (victim) {
        server->core->counters.connections_evicted++;
        connection_end_because(victim, "its place went to another client");
    }
    return connection_add(server, fd, peer, rank) >= 0;
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
    return sd_event_exit(server->core->event, server->end_code);
}

/* Serves some connections of an epoll that are ready; serving one never frees another. */
static void serve_ready(int epoll, int most)
{
    struct epoll_event events[EVENTS];
    int n = epoll_wait(epoll, events, most, 0);

    for (int i = 0; i < n; i++)
        connection_serve(events[i].data.ptr, events[i].events);
}

/* Give the connections their own epolls: sd-event asks the kernel after each callback, which is three
 * quarters of the work with many busy connections. */
static int on_ready(sd_event_source *source, int epoll, uint32_t revents, void *userdata)
{
    struct server *server = userdata;

    (void)source;
    (void)revents;
    serve_ready(epoll, epoll == server->ready[0].epoll ? EVENTS_OF_USERS : EVENTS);
    return server->end ? end_if_served(server) : 0;
}

int server_end(struct server *server, int code)
{
    sd_event *event = server->core->event;

    if (server->end)
        return sd_event_exit(event, server->end_code);
    server->end_code = code;
    accept_stop(&server->acceptor);
    /* A timer without a callback ends the loop with its userdata. */
    int r = sd_event_add_time_relative(
        event, &server->end, CLOCK_MONOTONIC, END_USEC, 0, NULL, (void *)(intptr_t)code);
    /* Calls that have arrived on older connections are answered first. */
    for (size_t i = 0; i < ELEMENTS(server->ready); i++)
        serve_ready(server->ready[i].epoll, EVENTS);
    return r < 0 ? r : end_if_served(server);
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

/* Makes an epoll and starts to serve its connections. */
static int await_ready(struct server *server, struct server_ready *ready, int64_t priority)
{
    ready->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (ready->epoll < 0)
        return -errno;
    int r = sd_event_add_io(server->core->event, &ready->source, ready->epoll, EPOLLIN, on_ready, server);
    return r < 0 ? r : sd_event_source_set_priority(ready->source, priority);
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
        .ready = { { -1, NULL }, { -1, NULL } },
    };

    int r = listener_open(&server->listener, core->config, path);
    if (r < 0)
        return r;
    r = await_ready(server, &server->ready[0], SD_EVENT_PRIORITY_NORMAL);
    if (r >= 0)
        r = await_ready(server, &server->ready[1], SD_EVENT_PRIORITY_IMPORTANT);
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
    for (size_t i = 0; i < ELEMENTS(server->ready); i++) {
        sd_event_source_disable_unref(server->ready[i].source);
        safe_close(server->ready[i].epoll);
    }
    server->end = sd_event_source_disable_unref(server->end);
    server->first_call = sd_event_source_disable_unref(server->first_call);
    listener_close(&server->listener);
    access_done(&server->access);
    peer_log_end_minute(&server->log);
    *server = (struct server){ 0 };
}
