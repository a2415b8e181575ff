#include "confine/attempts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

/* Connects to a socket file, or to an abstract name if it begins with an @. */
static long reach(int type, const char *path)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

    snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
    if (*path == '@')
        to.sun_path[0] = 0;
    return fd < 0 ? fd
                  : connect(fd, (struct sockaddr *)&to,
                        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path)));
}

static long ask_the_bus(void)
{
    return reach(SOCK_STREAM, attempt_target("ATTEMPT_BUS", "/run/dbus/system_bus_socket"));
}

static long ask_for_users(void)
{
    return reach(SOCK_STREAM, attempt_target("ATTEMPT_USERS", "/run/systemd/userdb/io.systemd.DynamicUser"));
}

static long ask_the_system_manager(void)
{
    return reach(SOCK_STREAM, attempt_target("ATTEMPT_MANAGER", "/run/systemd/private"));
}

static long ask_the_agent(void)
{
    return reach(
        SOCK_STREAM, attempt_target("ATTEMPT_AGENT", "/run/threatresponsed/org.threatresponse.agent"));
}

static long ask_another_worker(void)
{
    return reach(SOCK_STREAM, attempt_target("ATTEMPT_WORKER", "/run/threatresponsed-worker.socket"));
}

static long reach_abstract_socket(void)
{
    long r = reach(SOCK_STREAM, attempt_target("ATTEMPT_ABSTRACT", "@threatresponse-attempt"));

    /* In another network there is no such name. */
    if (r < 0 && errno == ECONNREFUSED)
        errno = ENOENT;
    return r;
}

/* An entry with the fields of an event, as the daemon writes it. */
static long forge_event(void)
{
    static const char entry[] = "MESSAGE=The appliance is registered now (forged).\nPRIORITY=5\n"
                                "TR_EVENT=registered\nSYSLOG_IDENTIFIER=threatresponsed\n";
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    snprintf(to.sun_path, sizeof(to.sun_path), "%s",
        attempt_target("ATTEMPT_JOURNAL", "/run/systemd/journal/socket"));
    return fd < 0 ? fd : sendto(fd, entry, sizeof(entry) - 1, 0, (struct sockaddr *)&to, sizeof(to));
}

static long forge_log_line(void)
{
    return reach(SOCK_DGRAM, attempt_target("ATTEMPT_SYSLOG", "/dev/log"));
}

/* The address is as long as that of a netlink socket. */
static long bind_short_name(void)
{
    struct sockaddr_un own = { .sun_family = AF_UNIX, .sun_path = "\0attempt" };
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    return fd < 0 ? fd : bind(fd, (struct sockaddr *)&own, sizeof(struct sockaddr_nl));
}

static long bind_netlink(void)
{
    struct sockaddr_nl own = { .nl_family = AF_NETLINK };
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

    return fd < 0 ? fd : bind(fd, (struct sockaddr *)&own, sizeof(own));
}

/* Sends or connects to an address; NULL: the test has no such network, and only the socket is tried. */
static long reach_internet(int type, const char *address)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
        .sin_port = htons((uint16_t)atoi(attempt_target("ATTEMPT_PORT", "1"))) };
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

    /* The kernel would repeat packets that a filter drops. */
    const struct timeval patience = { .tv_sec = 3 };
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0)
        return -1;
    errno = ECANCELED;
    if (!address || inet_pton(AF_INET, address, &to.sin_addr) != 1)
        return -1;
    return type == SOCK_DGRAM ? sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to))
                              : connect(fd, (struct sockaddr *)&to, sizeof(to));
}

static long reach_loopback(void)
{
    return reach_internet(SOCK_STREAM, "127.0.0.1");
}

static long reach_link_local(void)
{
    return reach_internet(SOCK_STREAM, getenv("ATTEMPT_NEAR"));
}

static long reach_multicast(void)
{
    return reach_internet(SOCK_DGRAM, getenv("ATTEMPT_MANY"));
}

const struct attempt attempts_sockets[] = {
    ATTEMPT(ask_the_bus),
    ATTEMPT(ask_for_users),
    ATTEMPT(ask_the_system_manager),
    ATTEMPT(ask_the_agent),
    ATTEMPT(ask_another_worker),
    ATTEMPT(reach_abstract_socket),
    ATTEMPT(forge_event),
    ATTEMPT(forge_log_line),
    ATTEMPT(bind_short_name),
    ATTEMPT(bind_netlink),
    ATTEMPT(reach_loopback),
    ATTEMPT(reach_link_local),
    ATTEMPT(reach_multicast),
    { 0 },
};
