/*
 * Lets many connections watch the state, changes it so many times, and prints what each change took: nanoseconds of the
 * server's processor time until every watcher has been told, one change a line.
 */
#include "bench/load.h"

static const char
    watch[] = LOAD_STREAM("GetStatus"),
    change[] = LOAD_CALL("ClearStaged"),
    stage[] = "{\"method\":\"org.threatresponse.agent.Stage\",\"parameters\":{\"server\":\"EUROPE\"}}";

/* The clock of the processor time of the process that listens at the other end. */
static clockid_t clock_of_peer(int fd)
{
    struct ucred peer;
    socklen_t size = sizeof(peer);
    clockid_t clock;

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 ||
        clock_getcpuclockid(peer.pid, &clock) != 0)
        load_fail("clock_getcpuclockid");
    return clock;
}

int main(int argc, char **argv)
{
    int n = argc == 4 ? atoi(argv[1]) : 0, changes = argc == 4 ? atoi(argv[2]) : 0;
    int *fds = calloc((size_t)n + 1, sizeof(*fds));

    if (n <= 0 || changes <= 0 || !fds) {
        fputs("Usage: load-watchers WATCHERS CHANGES SOCKET (where a server listens)\n", stderr);
        return 2;
    }
    int control = load_connect(argv[3]);
    clockid_t clock = clock_of_peer(control);
    for (int i = 0; i < n; i++) {
        fds[i] = load_connect(argv[3]);
        load_send(fds[i], watch, sizeof(watch));
        load_receive(fds[i], 1);
    }
    for (int round = 0; round < changes; round++) {
        int64_t begin = load_clock(clock);

        if (round % 2 == 0)
            load_send(control, stage, sizeof(stage));
        else
            load_send(control, change, sizeof(change));
        load_receive(control, 1);
        for (int i = 0; i < n; i++)
            load_receive(fds[i], 1);
        printf("%" PRId64 "\n", load_clock(clock) - begin);
    }
    free(fds);
    return EXIT_SUCCESS;
}
