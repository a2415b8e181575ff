/*
 * Runs a command again and again, its output thrown away, and prints how long each run took from before the
 * process was made to after its end: nanoseconds, one run a line.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int main(int argc, char **argv)
{
    posix_spawn_file_actions_t actions;
    int runs = argc > 2 ? atoi(argv[1]) : 0;

    if (runs <= 0) {
        fputs("Usage: time-command RUNS PROGRAM [ARGUMENT]...\n", stderr);
        return 2;
    }
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);

    for (int i = 0; i < runs; i++) {
        int status = 0;
        pid_t pid;
        int64_t begin = now();
        int r = posix_spawn(&pid, argv[2], &actions, NULL, argv + 2, environ);

        if (r != 0 || waitpid(pid, &status, 0) < 0 || status != 0) {
            fprintf(
                stderr, "time-command: %s: %s, status %d\n", argv[2], r ? strerror(r) : "it failed", status);
            return EXIT_FAILURE;
        }
        printf("%" PRId64 "\n", now() - begin);
    }
    return EXIT_SUCCESS;
}
