/*
 * One client that misbehaves in every way at once until it is ended: floods a connection with calls and reads the answers,
 * floods others and never reads, leaves messages half-sent, watches and never reads, and changes the state.
 */
#include "load.h"

#include <fcntl.h>
#include <poll.h>

enum {
    CALLS = 256,
    EACH = 3, /* of the connections that never read, are half-sent, watch */
};

static const char call[] = LOAD_CALL("GetStatus"), watch[] = LOAD_STREAM("GetStatus"),
                  stage[] =
                      "{\"method\":\"org.threatresponse.agent.Stage\",\"parameters\":{\"enabled\":true}}",
                  clear[] = LOAD_CALL("ClearStaged");

static char calls[CALLS * sizeof(call)];

/* Sends what the socket takes. */
static void flood(int fd)
{
    (void)!send(fd, calls, sizeof(calls), MSG_DONTWAIT | MSG_NOSIGNAL);
}

int main(int argc, char **argv)
{
    static char replies[262144];
    int deaf[EACH];

    if (argc != 2) {
        fputs("Usage: load-attack SOCKET\n", stderr);
        return 2;
    }
    for (int i = 0; i < CALLS; i++)
        memcpy(calls + (size_t)i * sizeof(call), call, sizeof(call));
    for (int i = 0; i < EACH; i++) {
        deaf[i] = load_connect(argv[1]);
        load_send(load_connect(argv[1]), call, sizeof(call) / 2);
        load_send(load_connect(argv[1]), watch, sizeof(watch));
    }
    int control = load_connect(argv[1]), busy = load_connect(argv[1]);

    for (int round = 0;; round++) {
        for (int i = 0; i < EACH; i++)
            flood(deaf[i]);
        flood(busy);
        struct pollfd ready = { .fd = busy, .events = POLLIN };
        if (poll(&ready, 1, 10) == 1 && read(busy, replies, sizeof(replies)) <= 0)
            load_fail("read");
        if (round % 100 == 0) {
            if (round % 200 == 0)
                load_send(control, stage, sizeof(stage));
            else
                load_send(control, clear, sizeof(clear));
            load_receive(control, 1);
        }
    }
}
