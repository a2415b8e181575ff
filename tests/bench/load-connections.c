/*
 * Calls GetStatus on many connections at once, on each the next when the last is answered, and prints how long each call
 * took: nanoseconds, one call a line. The first tenth is for warming up and is not printed.
 */
#include "bench/load.h"

#include <sys/epoll.h>

enum {
    EVENTS = 64,
};

static const char call[] = LOAD_CALL("GetStatus");

struct client {
    int fd;
    int64_t begin;
};

static void ask(struct client *client)
{
    client->begin = load_now();
    load_send(client->fd, call, sizeof(call));
}

int main(int argc, char **argv)
{
    int n = argc == 4 ? atoi(argv[1]) : 0, calls = argc == 4 ? atoi(argv[2]) : 0;
    int epoll = epoll_create1(EPOLL_CLOEXEC), answered = 0;
    struct client *clients = calloc((size_t)n + 1, sizeof(*clients));
    int64_t *taken = calloc((size_t)calls + EVENTS, sizeof(*taken));
    struct epoll_event events[EVENTS];

    if (n <= 0 || calls <= 0 || epoll < 0 || !clients || !taken) {
        fputs("Usage: load-connections CONNECTIONS CALLS SOCKET (where a server listens)\n", stderr);
        return 2;
    }
    for (int i = 0; i < n; i++) {
        struct epoll_event event = { .events = EPOLLIN, .data.ptr = &clients[i] };

        clients[i].fd = load_connect(argv[3]);
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, clients[i].fd, &event) < 0)
            load_fail("epoll_ctl");
    }
    for (int i = 0; i < n; i++)
        ask(&clients[i]);
    while (answered < calls) {
        int ready = epoll_wait(epoll, events, EVENTS, -1);

        for (int i = 0; i < ready; i++) {
            struct client *client = events[i].data.ptr;

            load_receive(client->fd, 1);
            taken[answered++] = load_now() - client->begin;
            ask(client);
        }
    }
    for (int i = calls / 10; i < calls; i++)
        printf("%" PRId64 "\n", taken[i]);
    free(taken);
    free(clients);
    return EXIT_SUCCESS;
}
