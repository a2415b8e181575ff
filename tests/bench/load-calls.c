/*
 * Calls GetStatus on one connection, the next when the last is answered, and prints how long each call took:
 * nanoseconds, one call a line. The first tenth is for warming up and is not printed.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static const char call[] = "{\"method\":\"org.threatresponse.agent.GetStatus\"}";

static int64_t now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int connect_to(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    return fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 ? fd : -1;
}

/* 0 when the whole answer has come. */
static int round_trip(int fd)
{
    static char reply[65536];
    ssize_t n;

    if (write(fd, call, sizeof(call)) != sizeof(call))
        return -1;
    do {
        n = read(fd, reply, sizeof(reply));
        if (n <= 0)
            return -1;
    } while (reply[n - 1] != 0);
    return 0;
}

int main(int argc, char **argv)
{
    int calls = argc == 3 ? atoi(argv[1]) : 0;
    int fd = calls > 0 ? connect_to(argv[2]) : -1;
    int64_t *taken = calloc((size_t)calls + 1, sizeof(*taken));

    if (fd < 0 || !taken) {
        fputs("Usage: load-calls CALLS SOCKET (where a server listens)\n", stderr);
        return 2;
    }
    for (int i = 0; i < calls; i++) {
        int64_t begin = now();

        if (round_trip(fd) < 0) {
            fputs("load-calls: the server hung up\n", stderr);
            return EXIT_FAILURE;
        }
        taken[i] = now() - begin;
    }
    for (int i = calls / 10; i < calls; i++)
        printf("%" PRId64 "\n", taken[i]);
    free(taken);
    return EXIT_SUCCESS;
}
