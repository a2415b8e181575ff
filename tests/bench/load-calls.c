/*
 * Calls GetStatus on one connection, so many at once (1: the next when the last is answered), and prints how long each
 * round took: nanoseconds, one round a line. The first tenth is for warming up and is not printed. A server with another
 * protocol gets its own request; its reply has to hold one NUL, too.
 */
#include "bench/load.h"

static const char get_status[] = LOAD_CALL("GetStatus");

int main(int argc, char **argv)
{
    int rounds = argc >= 4 ? atoi(argv[1]) : 0, depth = argc >= 4 ? atoi(argv[2]) : 0;

    if (rounds <= 0 || depth <= 0) {
        fputs("Usage: load-calls ROUNDS DEPTH SOCKET (where a server listens) [REQUEST]\n", stderr);
        return 2;
    }
    const char *call = argc > 4 ? argv[4] : get_status;
    size_t size = argc > 4 ? strlen(call) : sizeof(get_status);
    int fd = load_connect(argv[3]);
    int64_t *taken = calloc((size_t)rounds, sizeof(*taken));
    char *calls = malloc(size * (size_t)depth);
    if (!taken || !calls)
        load_fail("malloc");
    for (int i = 0; i < depth; i++)
        memcpy(calls + size * (size_t)i, call, size);

    for (int i = 0; i < rounds; i++) {
        int64_t begin = load_now();

        load_send(fd, calls, size * (size_t)depth);
        load_receive(fd, depth);
        taken[i] = load_now() - begin;
    }
    for (int i = rounds / 10; i < rounds; i++)
        printf("%" PRId64 "\n", taken[i]);
    free(calls);
    free(taken);
    return EXIT_SUCCESS;
}
