#include "daemon/socket/connection.h"

#include "common/clock.h"

#include <errno.h>
#include <sys/epoll.h>

enum {
    OUTPUT_PAUSE = 65536, /* bytes of unsent output above which no further call is run */
    CALLS_A_TURN = 16,    /* calls before the turn of the other connections */
};

/* Ends the role, if there is one. closed: the client has gone, and the role is told. */
static void end_role(struct connection *connection, bool closed)
{
    const struct connection_role *role = connection->role;

    connection->role = NULL;
    connection->stale = false;
    if (closed && role && role->closed)
        role->closed(connection, connection->role_data);
    connection->role_data = NULL;
}

/* Returns the epoll that watches the connection. */
static int epoll_of(const struct connection *connection)
{
    return connection->server->ready[connection->rank > PLACE_USER].epoll;
}

void connection_free(struct connection *connection)
{
    struct server *server = connection->server;

    end_role(connection, true);
    for (struct connection **place = &server->connections; *place; place = &(*place)->next)
        if (*place == connection) {
            *place = connection->next;
            break;
        }
    places_leave(&server->places, connection);
    sd_event_source_disable_unref(connection->timeout);
    varlink_stream_done(&connection->stream);
    /* A forked child that has not exec'ed yet may share the descriptor: close() alone would leave it in the epoll. */
    epoll_ctl(epoll_of(connection), EPOLL_CTL_DEL, connection->fd, NULL);
    safe_close(connection->fd);
    free(connection);
}

int connection_add(struct server *server, int fd, const struct ucred *peer, enum place_rank rank)
{
    const struct config *config = server->core->config;
    struct connection *connection = calloc(1, sizeof(*connection));

    if (!connection)
        return -ENOMEM;
    *connection = (struct connection){
        .server = server,
        .fd = fd,
        .events = EPOLLIN,
        .uid = peer->uid,
        .gid = peer->gid,
        .pid = peer->pid,
        .rank = rank,
        .since = clock_usec(CLOCK_MONOTONIC),
        .used = ++server->uses,
    };
    if (places_enter(&server->places, connection) < 0) {
        free(connection);
        return -ENOMEM;
    }
    /* There is room for one more reply of any size while others wait. */
    varlink_stream_init(
        &connection->stream, fd, fd, (size_t)config->max_message, OUTPUT_PAUSE + (size_t)config->max_output);
    struct epoll_event event = { .events = connection->events, .data.ptr = connection };
    if (epoll_ctl(epoll_of(connection), EPOLL_CTL_ADD, fd, &event) < 0) {
        int error = -errno;

        places_leave(&server->places, connection);
        free(connection);
        return error;
    }
    connection->next = server->connections;
    server->connections = connection;
    server->core->counters.connections++;
    return 0;
}

static struct ucred peer_of(const struct connection *connection)
{
    return (struct ucred){ .uid = connection->uid, .gid = connection->gid, .pid = connection->pid };
}

bool connection_may_write(const struct connection *connection)
{
    struct server *server = connection->server;
    const struct ucred peer = peer_of(connection);

    return access_may_write(&server->access, server->core->config->admin_group, connection->fd, &peer,
        clock_usec(CLOCK_BOOTTIME));
}

void connection_log(const struct connection *connection, enum peer_line kind, const char *text)
{
    const struct ucred peer = peer_of(connection);

    peer_log_line(&connection->server->log, kind, &peer, "%s", text);
}

void connection_log_refusal(const struct connection *connection, const char *method)
{
    const struct ucred peer = peer_of(connection);

    peer_log_line(&connection->server->log, PEER_CALL_REFUSED, &peer, "may not call %s", method);
}

/* Runs the calls that have arrived until the output is full or the other connections have their turn. Returns a
 * negative errno if the connection must end. */
static int run_calls(struct connection *connection)
{
    struct server *server = connection->server;
    char *text;
    size_t size;
    int r = 0;

    for (int i = 0; i < CALLS_A_TURN && !connection->role; i++) {
        if (varlink_stream_pending(&connection->stream) >= OUTPUT_PAUSE)
            break;
        r = varlink_stream_next(&connection->stream, &text, &size);
        if (r <= 0)
            break;
        connection->timeout = sd_event_source_disable_unref(connection->timeout);
        connection->asked = true;
        r = server->handlers->run(connection, text, size);
        if (r < 0)
            break;
    }
    server->handlers->ran(server->userdata);
    return r;
}

void connection_end_because(struct connection *connection, const char *reason)
{
    const struct ucred peer = peer_of(connection);

    peer_log_line(&connection->server->log, PEER_CONNECTION_ENDED, &peer, "is disconnected: %s", reason);
    connection_free(connection);
}

static int on_timeout(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct connection *connection = userdata;

    (void)source;
    (void)usec;
    connection_log(connection, PEER_MESSAGE_LATE, "did not finish a message in time");
    connection_free(connection);
    return 0;
}

/* Starts the timeout of a message that has begun. */
static int limit_message_time(struct connection *connection)
{
    struct core *core = connection->server->core;

    if (connection->stream.scanned == 0 || connection->timeout)
        return 0;
    return sd_event_add_time_relative(core->event, &connection->timeout, CLOCK_MONOTONIC,
        core->config->message_timeout, 0, on_timeout, connection);
}

static int wait_for_events(struct connection *connection, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.ptr = connection };

    if (connection->events == events)
        return 0;
    connection->events = events;
    return epoll_ctl(epoll_of(connection), EPOLL_CTL_MOD, connection->fd, &event) < 0 ? -errno : 0;
}

static int send_newest(struct connection *connection)
{
    connection->stale = false;
    return connection->role->send_newest(connection, connection->role_data);
}

/* Runs the calls and sends the output that can be. Returns a negative errno if the connection must end. */
static int process_connection(struct connection *connection)
{
    int r = run_calls(connection);

    if (r >= 0)
        r = varlink_stream_flush(&connection->stream);
    if (r == 0 && connection->stale)
        r = send_newest(connection);
    if (r < 0 && r != -EAGAIN)
        return r;

    /* Whole calls may wait for their turn: EPOLLOUT brings it as soon as there is room for output, mostly at once. */
    bool unsent = varlink_stream_pending(&connection->stream) > 0;
    bool more =
        !connection->role && connection->stream.scanned == 0 && varlink_stream_partial(&connection->stream);
    r = wait_for_events(connection, unsent || more ? EPOLLOUT : connection->role ? 0 : EPOLLIN);
    return r < 0 ? r : limit_message_time(connection);
}

static void log_bad_message(const struct connection *connection, int error)
{
    const struct ucred peer = peer_of(connection);

    peer_log_line(&connection->server->log, PEER_MESSAGE_BAD, &peer, "sent %s; the connection is closed",
        error == -EBADMSG ? "a malformed message" : "a message that is too long");
}

/* Frees a connection that must end. */
static void end_connection(struct connection *connection, int error)
{
    if (error == -EBADMSG || error == -EMSGSIZE) {
        /* The replies to earlier calls are still sent, as far as the socket takes them. */
        (void)varlink_stream_flush(&connection->stream);
        log_bad_message(connection, error);
    }
    connection_free(connection);
}

/* Reads once. Returns 0, or a negative errno if the connection must end. Input is read only while no reply is due, so
 * that there is nothing left to do at its end. */
static int read_input(struct connection *connection)
{
    ssize_t n = varlink_stream_read(&connection->stream);

    if (n == 0)
        return -ECONNRESET;
    return n < 0 && n != -EAGAIN ? (int)n : 0;
}

void connection_serve(struct connection *connection, uint32_t events)
{
    int r = 0;

    connection->used = ++connection->server->uses;
    if (events & EPOLLIN)
        r = read_input(connection);
    else if (events & (EPOLLHUP | EPOLLERR))
        r = -ECONNRESET;
    if (r >= 0)
        r = process_connection(connection);
    if (r < 0)
        end_connection(connection, r);
}

void connection_set_role(struct connection *connection, const struct connection_role *role, void *data)
{
    connection->role = role;
    connection->role_data = data;
    connection->stale = role->send_newest != NULL;
}

void connection_wake(struct connection *connection)
{
    connection->stale = true;
    int r = process_connection(connection);
    if (r < 0)
        end_connection(connection, r);
}

void connection_send_part(struct connection *connection, json_object *message)
{
    int r = message ? varlink_stream_queue(&connection->stream, message) : -ENOMEM;

    json_object_put(message);
    if (r >= 0)
        r = process_connection(connection);
    if (r < 0)
        end_connection(connection, r);
}

void connection_send_last(struct connection *connection, json_object *message)
{
    end_role(connection, false);
    connection_send_part(connection, message);
}
