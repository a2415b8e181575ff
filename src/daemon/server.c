#include "server.h"

#include "api.h"
#include "log.h"
#include "manager.h"
#include "sequence.h"

#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum {
    ACCEPT_PAUSE_USEC = 1000000,
    OUTPUT_PAUSE = 65536, /* so much unsent output, and no further call is taken */
};

static void connection_free(struct connection *connection)
{
    struct api_server *server = connection->server;

    check_forget(&server->manager->check, connection);
    for (struct connection **place = &server->connections; *place; place = &(*place)->next)
        if (*place == connection) {
            *place = connection->next;
            server->n_connections--;
            break;
        }
    sd_event_source_disable_unref(connection->io);
    sd_event_source_disable_unref(connection->timeout);
    varlink_stream_done(&connection->stream);
    safe_close(connection->fd);
    free(connection);
}

static struct ucred peer_of(const struct connection *connection)
{
    return (struct ucred){ .uid = connection->uid, .gid = connection->gid, .pid = connection->pid };
}

bool connection_may_write(const struct connection *connection)
{
    struct api_server *server = connection->server;
    const struct ucred peer = peer_of(connection);

    return access_may_write(
        &server->access, server->manager->config->admin_group, connection->fd, &peer, sequence_now());
}

void connection_log_refusal(const struct connection *connection, const char *method)
{
    const struct ucred peer = peer_of(connection);

    access_log_refusal(&connection->server->access, &peer, method, sequence_now());
}

/* Queues the newest status for a watcher, unless it still has an older one to read. */
static int queue_status(struct connection *connection)
{
    static const char tail[] = ",\"continues\":true}";
    size_t size;
    char *text;

    if (varlink_stream_pending(&connection->stream) > 0) {
        connection->stale = true;
        return 0;
    }
    const char *reply = manager_status_reply(connection->server->manager, &size);
    if (!reply || !(text = malloc(size + sizeof(tail))))
        return -ENOMEM;
    memcpy(text, reply, size - 1);
    memcpy(text + size - 1, tail, sizeof(tail));
    int r = varlink_stream_queue_text(&connection->stream, text, size - 1 + sizeof(tail) - 1);
    free(text);
    connection->stale = false;
    return r;
}

static bool takes_calls(const struct connection *connection)
{
    return !connection->watching && !connection->checking;
}

/* Runs the calls that have arrived, until one has to wait for its output. */
static int run_calls(struct connection *connection)
{
    char *text;
    size_t size;
    int r = 0;

    while (takes_calls(connection) && varlink_stream_pending(&connection->stream) < OUTPUT_PAUSE &&
           (r = varlink_stream_next(&connection->stream, &text, &size)) > 0) {
        r = api_run(connection, text, size);
        if (r < 0)
            return r;
        if (connection->watching)
            return queue_status(connection);
    }
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
static int watch_partial(struct connection *connection)
{
    bool partial = varlink_stream_partial(&connection->stream) && takes_calls(connection);

    if (!partial)
        connection->timeout = sd_event_source_disable_unref(connection->timeout);
    else if (!connection->timeout)
        return sd_event_add_time_relative(connection->server->manager->event, &connection->timeout,
            CLOCK_MONOTONIC, connection->server->manager->config->message_timeout, 0, on_timeout, connection);
    return 0;
}

/* True if something can be done at once after all output has been sent: a newer status, or a whole call. */
static bool has_more(const struct connection *connection)
{
    if (connection->watching)
        return connection->stale;
    return takes_calls(connection) && connection->stream.scanned == 0 &&
           varlink_stream_partial(&connection->stream);
}

/* Runs and sends what can be; a negative errno ends the connection. */
static int proceed(struct connection *connection)
{
    int r;

    do {
        r = run_calls(connection);
        if (r < 0)
            return r;
        if (connection->watching && connection->stale)
            r = queue_status(connection);
        if (r >= 0)
            r = varlink_stream_flush(&connection->stream);
        if (r < 0 && r != -EAGAIN)
            return r;
    } while (r == 0 && has_more(connection));

    if (r == 0 && connection->ended && !connection->checking)
        return -ECONNRESET;
    uint32_t events = r == -EAGAIN ? EPOLLOUT : takes_calls(connection) ? EPOLLIN : 0;
    r = sd_event_source_set_io_events(connection->io, events);
    return r < 0 ? r : watch_partial(connection);
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
    struct connection *connection = userdata;
    ssize_t n = 1;

    (void)source;
    (void)fd;
    if (revents & EPOLLIN) {
        n = varlink_stream_read(&connection->stream);
        if (n == 0)
            connection->ended = true;
    } else if (revents & (EPOLLHUP | EPOLLERR))
        n = -ECONNRESET;

    int r = n < 0 && n != -EAGAIN ? (int)n : proceed(connection);
    if (r < 0) {
        if (r == -EBADMSG || r == -EMSGSIZE)
            log_info("A client (pid %d, uid %u) sent %s; the connection is closed.", (int)connection->pid,
                (unsigned)connection->uid,
                r == -EBADMSG ? "a malformed message" : "a message that is too long");
        connection_free(connection);
    }
    return 0;
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

void api_server_publish(struct api_server *server)
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

/* Says why a connection is not taken, before it is closed. */
static void turn_away(int fd, const char *message)
{
    char text[512];
    int n = snprintf(text, sizeof(text),
        "{\"error\":\"org.threatresponse.agent.Refused\",\"parameters\":{\"reason\":\"busy\",\"message\":\"%"
        "s\","
        "\"remedy\":\"%s\"}}",
        message, reason_remedy(REASON_BUSY));

    (void)!send(fd, text, (size_t)n + 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static size_t connections_of(const struct api_server *server, uid_t uid)
{
    size_t n = 0;

    for (const struct connection *connection = server->connections; connection; connection = connection->next)
        n += connection->uid == uid;
    return n;
}

static int add_connection(struct api_server *server, int fd, const struct ucred *peer)
{
    const struct config *config = server->manager->config;
    struct connection *connection = calloc(1, sizeof(*connection));

    if (!connection)
        return -ENOMEM;
    *connection = (struct connection){
        .server = server, .fd = fd, .uid = peer->uid, .gid = peer->gid, .pid = peer->pid
    };
    varlink_stream_init(&connection->stream, fd, fd, (size_t)config->max_message, (size_t)config->max_output);
    connection->next = server->connections;
    server->connections = connection;
    server->n_connections++;

    int r = sd_event_add_io(server->manager->event, &connection->io, fd, EPOLLIN, on_io, connection);
    if (r < 0)
        connection_free(connection);
    return r;
}

static int on_pause_over(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct api_server *server = userdata;

    (void)source;
    (void)usec;
    return sd_event_source_set_enabled(server->accept, SD_EVENT_ON);
}

/* Without descriptors or memory, accepting would only spin. */
static int pause_accepting(struct api_server *server)
{
    log_warning("Can't accept a connection: %s; trying again in a second.", strerror(errno));
    server->pause = sd_event_source_disable_unref(server->pause);
    sd_event_source_set_enabled(server->accept, SD_EVENT_OFF);
    return sd_event_add_time_relative(
        server->manager->event, &server->pause, CLOCK_MONOTONIC, ACCEPT_PAUSE_USEC, 0, on_pause_over, server);
}

static int on_accept(sd_event_source *source, int listener, uint32_t revents, void *userdata)
{
    struct api_server *server = userdata;
    const struct config *config = server->manager->config;
    struct ucred peer;
    socklen_t size = sizeof(peer);

    (void)source;
    (void)revents;
    _cleanup_close_ int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS
                   ? pause_accepting(server)
                   : 0;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
        return 0;

    if (server->n_connections >= (size_t)config->max_connections)
        turn_away(fd, "There are too many connections.");
    else if (connections_of(server, peer.uid) >= (size_t)config->max_connections_per_uid)
        turn_away(fd, "There are too many connections of this user.");
    else if (add_connection(server, fd, &peer) >= 0)
        TAKE_FD(fd);
    return 0;
}

int api_server_start(struct api_server *server, struct manager *manager, const char *path)
{
    *server = (struct api_server){ .manager = manager };

    int r = listener_open(&server->listener, manager->config, path);
    if (r < 0)
        return r;
    return sd_event_add_io(manager->event, &server->accept, server->listener.fd, EPOLLIN, on_accept, server);
}

void api_server_stop(struct api_server *server)
{
    if (!server->manager)
        return;
    while (server->connections)
        connection_free(server->connections);
    server->accept = sd_event_source_disable_unref(server->accept);
    server->pause = sd_event_source_disable_unref(server->pause);
    listener_close(&server->listener);
    *server = (struct api_server){ 0 };
}
