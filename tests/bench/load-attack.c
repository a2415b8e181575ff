/*
 * One client that misbehaves, in one of the ways below, or in all of them at once but for the last one, until it is ended.
 * It has eleven connections at most of its user's sixteen.
 */
#include "bench/load.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>

enum {
    CALLS = 256,
    EACH = 3,      /* connections of a kind */
    LARGE = 65536, /* the longest message that is taken by default */
};

static const char call[] = LOAD_CALL("GetStatus"), watch[] = LOAD_STREAM("GetStatus"),
                  stage[] =
                      "{\"method\":\"org.threatresponse.agent.Stage\",\"parameters\":{\"enabled\":true}}",
                  clear[] = LOAD_CALL("ClearStaged");

static char calls[CALLS * sizeof(call)], large[LARGE];
static const char *path;

/* Sends what the socket takes; false if the other end has hung up. */
static bool send_some(int fd, const char *data, size_t size)
{
    return send(fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0 || errno == EAGAIN;
}

/* Takes what has been answered meanwhile. */
static void receive_some(int fd)
{
    static char replies[262144];
    struct pollfd ready = { .fd = fd, .events = POLLIN };

    if (poll(&ready, 1, 10) == 1 && read(fd, replies, sizeof(replies)) <= 0)
        load_fail("read");
}

/* As many calls as the socket takes, and their replies are read. */
static void flood(unsigned round)
{
    static int fd;

    if (round == 0)
        fd = load_connect(path);
    send_some(fd, calls, sizeof(calls));
    receive_some(fd);
}

/* The same, and no reply is ever read. */
static void deaf(unsigned round)
{
    static int fds[EACH];

    for (int i = 0; i < EACH; i++) {
        if (round == 0)
            fds[i] = load_connect(path);
        send_some(fds[i], calls, sizeof(calls));
    }
}

/* A message that never ends, byte by byte, as long as the daemon has patience; then the next. */
static void half(unsigned round)
{
    static int fds[EACH];

    for (int i = 0; i < EACH; i++) {
        if (round > 0 && send_some(fds[i], " ", 1))
            continue;
        if (round > 0)
            close(fds[i]);
        fds[i] = load_connect(path);
        load_send(fds[i], call, sizeof(call) / 2);
    }
}

/* Watchers that read nothing, and changes to tell them of. */
static void watchers(unsigned round)
{
    static int control;

    if (round == 0) {
        control = load_connect(path);
        for (int i = 0; i < EACH; i++)
            load_send(load_connect(path), watch, sizeof(watch));
    }
    load_send(control, round % 2 ? clear : stage, round % 2 ? sizeof(clear) : sizeof(stage));
    load_receive(control, 1);
}

/* Connections that are closed as soon as they are open. */
static void connections(unsigned round)
{
    (void)round;
    for (int i = 0; i < EACH; i++)
        close(load_connect(path));
}

/* Messages as long as they may be, with as many objects as they may have: what takes longest to read. */
static void large_messages(unsigned round)
{
    static int fd;

    if (round == 0)
        fd = load_connect(path);
    load_send(fd, large, sizeof(large));
    load_receive(fd, 1);
}

static const struct {
    const char *name;
    void (*run)(unsigned round);
} attacks[] = {
    { "flood", flood },
    { "deaf", deaf },
    { "half", half },
    { "watchers", watchers },
    { "connections", connections },
    { "large", large_messages },
};

static void make_large(void)
{
    static const char head[] = "{\"method\":\"a.B\",\"parameters\":{\"a\":[", tail[] = "1]}}";
    char *p = large + sizeof(head) - 1, *end = large + sizeof(large) - sizeof(tail);

    memcpy(large, head, sizeof(head) - 1);
    for (int i = 0; i < 1000; i++, p += 3)
        memcpy(p, "{},", 3);
    memset(p, ' ', (size_t)(end - p));
    *p = '"';
    memset(p + 1, 'x', (size_t)(end - p) - 3);
    memcpy(end - 2, "\",", 2);
    p = end;
    memcpy(p, tail, sizeof(tail));
}

int main(int argc, char **argv)
{
    size_t n = sizeof(attacks) / sizeof(attacks[0]), first = 0, end = n - 1;

    if (argc == 3 && strcmp(argv[2], "all") != 0) {
        while (first < n && strcmp(attacks[first].name, argv[2]) != 0)
            first++;
        end = first + 1;
    }
    if (argc != 3 || first == n) {
        fputs("Usage: load-attack SOCKET flood|deaf|half|watchers|connections|large|all\n", stderr);
        return 2;
    }
    path = argv[1];
    for (int i = 0; i < CALLS; i++)
        memcpy(calls + (size_t)i * sizeof(call), call, sizeof(call));
    make_large();
    for (unsigned round = 0;; round++)
        for (size_t i = first; i < end; i++)
            attacks[i].run(round);
}
