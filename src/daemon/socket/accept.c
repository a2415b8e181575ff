#include "daemon/socket/accept.h"

#include "common/log.h"
#include "daemon/manager.h"

#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

enum {
    ACCEPT_PAUSE_USEC = 1000000,
    OTHER_DESCRIPTORS = 64, /* files, timers, workers */
};

/* Says why a connection is not taken, before it is closed; limit is the key of the configuration that forbids it. */
static void turn_away(struct server *server, int fd, const char *message, const char *limit)
{
    char text[512];
    int n = snprintf(text, sizeof(text),
        "{\"error\":\"org.threatresponse.agent.Refused\",\"parameters\":{\"reason\":\"busy\",\"message\":\"%"
        "s\","
        "\"remedy\":\"End programs that keep connections to the daemon open, or raise %s in the "
        "configuration.\"}}",
        message, limit);

    server->manager->metrics.connections_refused++;
    (void)!send(fd, text, (size_t)n + 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static size_t connections_of(const struct server *server, uid_t uid)
{
    size_t n = 0;

    for (const struct connection *connection = server->connections; connection; connection = connection->next)
        n += connection->uid == uid;
    return n;
}

static int on_pause_over(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct server *server = userdata;

    (void)source;
    (void)usec;
    return sd_event_source_set_enabled(server->accept, SD_EVENT_ON);
}

/* The limit of descriptors that we were started with may be less than the connections that are allowed. */
static void raise_limit(const struct server *server)
{
    rlim_t wanted = (rlim_t)server->manager->config->max_connections + OTHER_DESCRIPTORS;
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/* Without descriptors or memory, accepting would only spin. It is said once, not each second. */
static int pause_accepting(struct server *server)
{
    if (!server->paused)
        log_warning("Can't accept connections: %s; trying again each second.", strerror(errno));
    server->paused = true;
    /* A reload may have allowed more connections. */
    raise_limit(server);
    sd_event_source_set_enabled(server->accept, SD_EVENT_OFF);
    sd_event_source_set_time_relative(server->pause, ACCEPT_PAUSE_USEC);
    return sd_event_source_set_enabled(server->pause, SD_EVENT_ONESHOT);
}

static int on_accept(sd_event_source *source, int listener, uint32_t revents, void *userdata)
{
    struct server *server = userdata;
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
    if (server->paused)
        log_notice("Connections are accepted again.");
    server->paused = false;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
        return 0;

    if (server->n_connections >= (size_t)config->max_connections)
        turn_away(server, fd, "There are too many connections.", "api.max_connections");
    else if (connections_of(server, peer.uid) >= (size_t)config->max_connections_per_uid)
        turn_away(server, fd, "There are too many connections of this user.", "api.max_connections_per_uid");
    else if (connection_add(server, fd, &peer) >= 0)
        TAKE_FD(fd);
    return 0;
}

int accept_start(struct server *server)
{
    sd_event *event = server->manager->event;

    raise_limit(server);
    /* The timer is made now: it takes a descriptor. */
    int r = sd_event_add_time(event, &server->pause, CLOCK_MONOTONIC, 0, 0, on_pause_over, server);
    if (r >= 0)
        r = sd_event_source_set_enabled(server->pause, SD_EVENT_OFF);
    if (r >= 0)
        r = sd_event_add_io(event, &server->accept, server->listener.fd, EPOLLIN, on_accept, server);
    return r;
}

void accept_stop(struct server *server)
{
    server->accept = sd_event_source_disable_unref(server->accept);
    server->pause = sd_event_source_disable_unref(server->pause);
}
