#include "daemon/socket/accept.h"

#include "common/log.h"
#include "common/memory.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/resource.h>

enum {
    ACCEPT_PAUSE_USEC = 1000000,
    CLIENTS_A_TURN = 64,    /* accepted at most before connections are served */
    OTHER_DESCRIPTORS = 64, /* files, timers, workers */
};

static int on_pause_over(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct acceptor *acceptor = userdata;

    (void)source;
    (void)usec;
    return sd_event_source_set_enabled(acceptor->accept, SD_EVENT_ON);
}

/* Raises the limit of descriptors, which may be less than the allowed connections need. */
static void raise_limit(const struct acceptor *acceptor)
{
    rlim_t wanted = (rlim_t)acceptor->allowed(acceptor->userdata) + OTHER_DESCRIPTORS;
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/* Stops accepting for a second: without descriptors or memory the loop would spin. Logs only the first of
 * several pauses. */
static int pause_accepting(struct acceptor *acceptor, int error)
{
    if (!acceptor->paused)
        acceptor->logged = peer_log_takes(acceptor->log, PEER_NOT_ACCEPTED, (uid_t)-1);
    if (!acceptor->paused && acceptor->logged)
        log_warning("Can't accept connections: %s; trying again each second.", strerror(error));
    acceptor->paused = true;
    /* A reload may have allowed more connections. */
    raise_limit(acceptor);
    sd_event_source_set_enabled(acceptor->accept, SD_EVENT_OFF);
    sd_event_source_set_time_relative(acceptor->pause, ACCEPT_PAUSE_USEC);
    return sd_event_source_set_enabled(acceptor->pause, SD_EVENT_ONESHOT);
}

/* Accepts one client. Returns 1; 0 if no client waits; a negative errno ends the loop. */
static int accept_one(struct acceptor *acceptor, int listener)
{
    struct ucred peer;
    socklen_t size = sizeof(peer);

    _cleanup_close_ int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS
                   ? pause_accepting(acceptor, errno)
                   : 0;
    if (acceptor->logged)
        log_notice("Connections are accepted again.");
    acceptor->paused = acceptor->logged = false;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) >= 0 &&
        acceptor->accepted(acceptor->userdata, fd, &peer))
        TAKE_FD(fd);
    return 1;
}

/* Accepts many clients at once: otherwise all connections would be served once between two newcomers. */
static int on_accept(sd_event_source *source, int listener, uint32_t revents, void *userdata)
{
    int r = 1;

    (void)source;
    (void)revents;
    for (int i = 0; i < CLIENTS_A_TURN && r > 0; i++)
        r = accept_one(userdata, listener);
    return r < 0 ? r : 0;
}

int accept_start(struct acceptor *acceptor, sd_event *event, int listener)
{
    raise_limit(acceptor);
    /* The timer is made before it is needed, as it takes a descriptor. */
    int r = sd_event_add_time(event, &acceptor->pause, CLOCK_MONOTONIC, 0, 0, on_pause_over, acceptor);
    if (r >= 0)
        r = sd_event_source_set_enabled(acceptor->pause, SD_EVENT_OFF);
    if (r >= 0)
        r = sd_event_add_io(event, &acceptor->accept, listener, EPOLLIN, on_accept, acceptor);
    return r;
}

void accept_stop(struct acceptor *acceptor)
{
    acceptor->accept = sd_event_source_disable_unref(acceptor->accept);
    acceptor->pause = sd_event_source_disable_unref(acceptor->pause);
}
