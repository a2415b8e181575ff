/*
 * A process that links what the daemon links and does nothing: the floor of its memory. With the path of a
 * socket and a size it is a bare echo: it answers each message that comes there with so many bytes, all that one read
 * brought with one write. Who sends a call with "more" watches: each ClearStaged or Stage that comes is
 * first written to every watcher.
 */
#include <json-c/json.h>
#include <libconfig.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

enum {
    CALL_SIZE_MAX = 4096,
    ANSWERS_MAX = 64, /* that are written at once */
    EVENTS = 64,
    WATCHERS_MAX = 4096,
};

/* One harmless call of each library, so that the linker keeps them all. */
static void use_libraries(void)
{
    config_t config;

    config_init(&config);
    config_destroy(&config);
    json_object_put(json_object_new_object());
    sd_listen_fds(0);
}

static int listen_at(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 128) < 0) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    return fd;
}

static void add(int epoll, int fd)
{
    struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

    if (fd >= 0)
        epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

static int watchers[WATCHERS_MAX];
static size_t n_watchers;

/* Who has gone is noticed by the next read. */
static void write_all(int fd, const char *text, size_t size)
{
    (void)!write(fd, text, size);
}

static void hang_up(int fd)
{
    for (size_t i = 0; i < n_watchers; i++)
        if (watchers[i] == fd)
            watchers[i--] = watchers[--n_watchers];
    close(fd);
}

/* Answers the calls that one read brought, of which the last is whole. */
static void answer(int fd, char *calls, size_t size, const char *replies, size_t reply_size)
{
    size_t n = 0;

    if (memmem(calls, size, "\"more\"", 6) && n_watchers < WATCHERS_MAX)
        watchers[n_watchers++] = fd;
    else if (memmem(calls, size, "Stage", 5))
        for (size_t i = 0; i < n_watchers; i++)
            write_all(watchers[i], replies, reply_size);
    for (char *p = calls; (p = memchr(p, 0, (size_t)(calls + size - p))); p++)
        n++;
    write_all(fd, replies, reply_size * (n < ANSWERS_MAX ? n : ANSWERS_MAX));
}

static void serve(int listener, const char *replies, size_t reply_size)
{
    int epoll = epoll_create1(EPOLL_CLOEXEC), n;
    struct epoll_event events[EVENTS];
    char calls[CALL_SIZE_MAX];

    add(epoll, listener);
    while ((n = epoll_wait(epoll, events, EVENTS, -1)) >= 0)
        for (int i = 0; i < n; i++) {
            int fd = events[i].data.fd;

            if (fd == listener) {
                add(epoll, accept4(listener, NULL, NULL, SOCK_CLOEXEC));
                continue;
            }
            ssize_t size = read(fd, calls, sizeof(calls));
            if (size <= 0)
                hang_up(fd);
            else if (calls[size - 1] == 0)
                answer(fd, calls, (size_t)size, replies, reply_size);
        }
}

int main(int argc, char **argv)
{
    use_libraries();
    if (argc != 3) {
        pause();
        return EXIT_SUCCESS;
    }

    size_t size = strtoul(argv[2], NULL, 10);
    char *replies = malloc(size * ANSWERS_MAX + 1);
    if (!replies || size == 0)
        return EXIT_FAILURE;
    memset(replies, ' ', size * ANSWERS_MAX);
    for (size_t i = 1; i <= ANSWERS_MAX; i++)
        replies[size * i - 1] = 0;
    signal(SIGPIPE, SIG_IGN);
    serve(listen_at(argv[1]), replies, size);
    return EXIT_FAILURE;
}
