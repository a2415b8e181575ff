/*
 * Starts a server again and again and prints how long it took from the fork until the first GetStatus at its
 * socket was answered: nanoseconds, one run a line. This process spins, so that no wake-up of a sleeping
 * processor is timed, and has to have a processor of its own.
 */
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char call[] = "{\"method\":\"org.threatresponse.agent.GetStatus\"}";
static const int64_t patience = 10000000000;

static int64_t now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void pin(int cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (sched_setaffinity(0, sizeof(set), &set) < 0)
        perror("time-start: sched_setaffinity");
}

static pid_t start(int cpu, char **arguments)
{
    pid_t pid = fork();

    if (pid != 0)
        return pid;
    pin(cpu);
    execv(arguments[0], arguments);
    perror(arguments[0]);
    _exit(127);
}

/* Gives the processor away where there is only one. */
static void spin(bool alone)
{
    if (!alone)
        sched_yield();
}

/* 0 when the whole answer has come. */
static int ask(const char *path, int64_t due, bool alone)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    char reply[65536] = { 0 };
    ssize_t n = 0;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    while (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        if (now() > due)
            return -1;
        spin(alone);
    }
    if (write(fd, call, sizeof(call)) < 0)
        return -1;
    do {
        n = read(fd, reply, sizeof(reply));
        if (n == 0 || (n < 0 && errno != EAGAIN) || now() > due)
            return -1;
        if (n < 0)
            spin(alone);
    } while (n < 0 || reply[n - 1] != 0);
    return close(fd);
}

int main(int argc, char **argv)
{
    int runs = argc > 5 ? atoi(argv[3]) : 0;

    if (runs <= 0) {
        fputs("Usage: time-start OWN-CPU SERVER-CPU RUNS SOCKET PROGRAM [ARGUMENT]...\n", stderr);
        return 2;
    }
    int own = atoi(argv[1]), server = atoi(argv[2]);
    pin(own);
    for (int i = 0; i < runs; i++) {
        unlink(argv[4]);
        int64_t begin = now();
        pid_t pid = start(server, argv + 5);
        int r = ask(argv[4], begin + patience, own != server);
        int64_t taken = now() - begin;

        kill(pid, SIGTERM);
        waitpid(pid, NULL, 0);
        if (r < 0) {
            fprintf(stderr, "time-start: %s did not answer\n", argv[5]);
            return EXIT_FAILURE;
        }
        printf("%" PRId64 "\n", taken);
    }
    return EXIT_SUCCESS;
}
