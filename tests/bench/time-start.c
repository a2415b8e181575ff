/*
 * Starts a server again and again and prints how long it took from the fork until the first GetStatus at its
 * socket was answered: nanoseconds, one run a line. This process sleeps until the socket is there, so that it
 * takes no time from a server on the same processor.
 */
#include <inttypes.h>
#include <libgen.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    PATIENCE_MS = 10000,
    REFUSALS_MAX = 10000, /* connects between bind and listen */
};

static const char call[] = "{\"method\":\"org.threatresponse.agent.GetStatus\"}";

static int64_t now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static pid_t start(char **arguments)
{
    pid_t pid = fork();

    if (pid != 0)
        return pid;
    execv(arguments[0], arguments);
    perror(arguments[0]);
    _exit(127);
}

static int watch_directory_of(const char *path)
{
    char *copy = strdup(path);
    int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

    if (!copy || fd < 0 || inotify_add_watch(fd, dirname(copy), IN_CREATE) < 0) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    free(copy);
    return fd;
}

static int wait_for(int fd)
{
    struct pollfd pollfd = { .fd = fd, .events = POLLIN };

    return poll(&pollfd, 1, PATIENCE_MS) == 1 ? 0 : -1;
}

/* 0 when the socket is there; whatever else is made in its directory meanwhile is passed over. */
static int wait_for_socket(int watch, const char *path)
{
    char events[4096];

    while (access(path, F_OK) < 0) {
        if (wait_for(watch) < 0)
            return -1;
        (void)!read(watch, events, sizeof(events));
    }
    return 0;
}

/* 0 when the whole answer has come. */
static int ask(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    char reply[65536];
    ssize_t n;
    int refusals = 0, fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    while (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        if (++refusals > REFUSALS_MAX)
            return -1;
        sched_yield();
    }
    if (write(fd, call, sizeof(call)) != sizeof(call))
        return -1;
    do {
        if (wait_for(fd) < 0)
            return -1;
        n = read(fd, reply, sizeof(reply));
    } while (n > 0 && reply[n - 1] != 0);
    close(fd);
    return n > 0 ? 0 : -1;
}

int main(int argc, char **argv)
{
    int runs = argc > 3 ? atoi(argv[1]) : 0;

    if (runs <= 0) {
        fputs("Usage: time-start RUNS SOCKET PROGRAM [ARGUMENT]...\n", stderr);
        return 2;
    }
    int watch = watch_directory_of(argv[2]);
    for (int i = 0; i < runs; i++) {
        unlink(argv[2]);
        int64_t begin = now();
        pid_t pid = start(argv + 3);
        int r = wait_for_socket(watch, argv[2]);
        if (r == 0)
            r = ask(argv[2]);
        int64_t taken = now() - begin;

        kill(pid, SIGTERM);
        waitpid(pid, NULL, 0);
        if (r < 0) {
            fprintf(stderr, "time-start: %s did not answer\n", argv[3]);
            return EXIT_FAILURE;
        }
        printf("%" PRId64 "\n", taken);
    }
    return EXIT_SUCCESS;
}
