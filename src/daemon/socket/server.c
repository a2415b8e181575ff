#include "daemon/socket/server.h"

#include "common/clock.h"
#include "common/log.h"
#include "daemon/api/api.h"
#include "daemon/manager.h"
#include "daemon/socket/accept.h"

#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum {
    OUTPUT_PAUSE = 65536, /* so much unsent output, and no further call is taken */
    CALLS_A_TURN = 16,    /* then it is the turn of the other connections */
    EVENTS = 64,
    END_USEC = 1000000, /* for clients that have connected and not yet sent their call */
};

static void connection_free(struct connection *connection)
{
    struct server *server = connection->server;

    check_forget(&server->manager->check, connection);
    for (struct connection **place = &server->connections; *place; place = &(*place)->next)
        if (*place == connection) {
            *place = connection->next;
            server->n_connections--;
            break;
        }
    sd_event_source_disable_unref(connection->timeout);
    varlink_stream_done(&connection->stream);
    /* A child that has not begun its program yet may share the descriptor, which closing would leave there. */
    epoll_ctl(server->epoll, EPOLL_CTL_DEL, connection->fd, NULL);
    safe_close(connection->fd);
    free(connection);
}

static struct ucred peer_of(const struct connection *connection)
{
    return (struct ucred){ .uid = connection->uid, .gid = connection->gid, .pid = connection->pid };
}

bool connection_may_write(const struct connection *connection)
{
    struct server *server = connection->server;
    const struct ucred peer = peer_of(connection);

    return access_may_write(&server->access, server->manager->config->admin_group, connection->fd, &peer,
        clock_usec(CLOCK_BOOTTIME));
}

void connection_log_refusal(const struct connection *connection, const char *method)
{
    const struct ucred peer = peer_of(connection);

    access_log_refusal(&connection->server->access, &peer, method, clock_usec(CLOCK_BOOTTIME));
}

/* Sends the newest status to a watcher, unless it still has an older one to read. */
static int send_status(struct connection *connection)
{
    size_t size;

    if (varlink_stream_pending(&connection->stream) > 0) {
        connection->stale = true;
        return 0;
    }
    const char *reply = manager_status_reply(connection->server->manager, true, &size);
    connection->stale = false;
    return reply ? varlink_stream_send_text(&connection->stream, reply, size) : -ENOMEM;
}

static bool takes_calls(const struct connection *connection)
{
    return !connection->watching && !connection->checking;
}

/* Runs the calls that have arrived, until one has to wait for its output or for the other connections. */
static int run_calls(struct connection *connection)
{
    struct server *server = connection->server;
    uint64_t woken;
    char *text;
    size_t size;
    int r = 0;

    /* What is ready had arrived when the loop woke up. */
    sd_event_now(server->manager->event, CLOCK_MONOTONIC, &woken);
    server->turn = 1000 * woken;

    for (int i = 0; i < CALLS_A_TURN && takes_calls(connection); i++) {
        if (varlink_stream_pending(&connection->stream) >= OUTPUT_PAUSE)
            break;
        r = varlink_stream_next(&connection->stream, &text, &size);
        if (r <= 0)
            break;
        connection->timeout = sd_event_source_disable_unref(connection->timeout);
        connection->asked = true;
        r = api_run(connection, text, size);
        if (r >= 0 && connection->watching)
            r = send_status(connection);
        if (r < 0)
            break;
    }
    api_settle(server);
    return r;
}

static int on_timeout(sd_event_source *source, uint64_t usec, void *userdata)
{
    (void)source;
    (void)usec;
    log_info(
        "A client (pid %d) did not finish its message in time.", (int)((struct connection *)userdata)->pid);
    connection_free(userdata);
    return 0;
}

/* A message that has begun must end in time. */
static int watch_half(struct connection *connection)
{
    if (connection->stream.scanned == 0 || connection->timeout)
        return 0;
    return sd_event_add_time_relative(connection->server->manager->event, &connection->timeout,
        CLOCK_MONOTONIC, connection->server->manager->config->message_timeout, 0, on_timeout, connection);
}

static int wait_for(struct connection *connection, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.ptr = connection };

    if (connection->events == events)
        return 0;
    connection->events = events;
    return epoll_ctl(connection->server->epoll, EPOLL_CTL_MOD, connection->fd, &event) < 0 ? -errno : 0;
}

/* Runs and sends what can be; a negative errno ends the connection. */
static int proceed(struct connection *connection)
{
    int r = run_calls(connection);

    if (r >= 0)
        r = varlink_stream_flush(&connection->stream);
    if (r == 0 && connection->stale)
        r = send_status(connection);
    if (r < 0 && r != -EAGAIN)
        return r;

    /* Whole calls may wait for their turn: it comes as soon as there is room for output, that is at once. */
    bool unsent = varlink_stream_pending(&connection->stream) > 0;
    bool more = takes_calls(connection) && connection->stream.scanned == 0 &&
                varlink_stream_partial(&connection->stream);
    if (connection->ended && !connection->checking && !unsent && !more)
        return -ECONNRESET;
    r = wait_for(connection, unsent || more ? EPOLLOUT : takes_calls(connection) ? EPOLLIN : 0);
    return r < 0 ? r : watch_half(connection);
}

static void serve(struct connection *connection, uint32_t revents)
{
    ssize_t n = 1;

    if (revents & EPOLLIN) {
        n = varlink_stream_read(&connection->stream);
        if (n == 0)
            connection->ended = true;
    } else if (revents & (EPOLLHUP | EPOLLERR))
        n = -ECONNRESET;

    int r = n < 0 && n != -EAGAIN ? (int)n : proceed(connection);
    if (r < 0) {
        if (r == -EBADMSG || r == -EMSGSIZE) {
            /* What was answered before it is still sent, as far as there is room for it. */
            (void)varlink_stream_flush(&connection->stream);
            log_info("A client (pid %d, uid %u) sent %s; the connection is closed.", (int)connection->pid,
                (unsigned)connection->uid,
                r == -EBADMSG ? "a malformed message" : "a message that is too long");
        }
        connection_free(connection);
    }
}

static int end_if_served(struct server *server)
{
    for (const struct connection *connection = server->connections; connection; connection = connection->next)
        if (!connection->asked)
            return 0;
    return sd_event_exit(server->manager->event, 0);
}

/* Some connections are ready. To serve one never frees another. */
static int on_ready(sd_event_source *source, int epoll, uint32_t revents, void *userdata)
{
    struct server *server = userdata;
    struct epoll_event events[EVENTS];
    int n = epoll_wait(epoll, events, EVENTS, 0);

    (void)source;
    (void)revents;
    for (int i = 0; i < n; i++)
        serve(events[i].data.ptr, events[i].events);
    return server->end ? end_if_served(server) : 0;
}

int server_end(struct server *server)
{
    sd_event *event = server->manager->event;

    if (server->end)
        return sd_event_exit(event, 0);
    accept_stop(server);
    /* Without a callback it ends the loop. */
    int r = sd_event_add_time_relative(event, &server->end, CLOCK_MONOTONIC, END_USEC, 0, NULL, NULL);
    /* What has arrived is answered, on older connections, too. */
    return r < 0 ? r : on_ready(NULL, server->epoll, 0, server);
}

void connection_stream(struct connection *connection, json_object *message)
{
    int r = message ? varlink_stream_queue(&connection->stream, message) : -ENOMEM;

    json_object_put(message);
    if (r >= 0)
        r = proceed(connection);
    if (r < 0)
        connection_free(connection);
}

void connection_end_stream(struct connection *connection, json_object *message)
{
    connection->checking = false;
    connection_stream(connection, message);
}

void server_publish(struct server *server)
{
    for (struct connection *connection = server->connections, *next; connection; connection = next) {
        next = connection->next;
        if (!connection->watching)
            continue;
        connection->stale = true;
        if (varlink_stream_pending(&connection->stream) == 0 && proceed(connection) < 0)
            connection_free(connection);
    }
}

int connection_add(struct server *server, int fd, const struct ucred *peer)
{
    const struct config *config = server->manager->config;
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
    };
    /* One reply has room even where others wait. */
    varlink_stream_init(
        &connection->stream, fd, fd, (size_t)config->max_message, OUTPUT_PAUSE + (size_t)config->max_output);
    struct epoll_event event = { .events = connection->events, .data.ptr = connection };
    if (epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event) < 0) {
        free(connection);
        return -errno;
    }
    connection->next = server->connections;
    server->connections = connection;
    server->n_connections++;
    server->manager->metrics.connections++;
    return 0;
}

int server_start(struct server *server, struct manager *manager, const char *path)
{
    *server = (struct server){ .manager = manager, .epoll = -1 };

    int r = listener_open(&server->listener, manager->config, path);
    if (r < 0)
        return r;
    server->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (server->epoll < 0)
        return -errno;
    r = sd_event_add_io(manager->event, &server->ready, server->epoll, EPOLLIN, on_ready, server);
    if (r < 0)
        return r;
    return accept_start(server);
}

void server_stop(struct server *server)
{
    if (!server->manager)
        return;
    while (server->connections)
        connection_free(server->connections);
    accept_stop(server);
    server->ready = sd_event_source_disable_unref(server->ready);
    server->end = sd_event_source_disable_unref(server->end);
    recent_done(&server->recent);
    listener_close(&server->listener);
    access_done(&server->access);
    safe_close(server->epoll);
    *server = (struct server){ 0 };
}
