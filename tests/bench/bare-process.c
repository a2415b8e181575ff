/*
 * A process that links what the daemon links and does nothing: the floor of its memory. With the path of a
 * socket and a size it answers each message that comes there with so many bytes: the floor of start and of
 * round trip.
 */
#include <json-c/json.h>
#include <libconfig.h>
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
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 16) < 0) {
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

static void serve(int listener, const char *reply, size_t size)
{
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event;
    char call[CALL_SIZE_MAX];

    add(epoll, listener);
    while (epoll_wait(epoll, &event, 1, -1) >= 0) {
        int fd = event.data.fd;

        if (fd == listener) {
            add(epoll, accept4(listener, NULL, NULL, SOCK_CLOEXEC));
            continue;
        }
        ssize_t n = read(fd, call, sizeof(call));
        if (n <= 0 || (call[n - 1] == 0 && write(fd, reply, size) != (ssize_t)size))
            close(fd);
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
    char *reply = malloc(size + 1);
    if (!reply || size == 0)
        return EXIT_FAILURE;
    memset(reply, ' ', size);
    reply[size - 1] = 0;
    serve(listen_at(argv[1]), reply, size);
    return EXIT_FAILURE;
}
