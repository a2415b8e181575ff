#include "client/connection.h"

#include "client/error.h"
#include "common/clock.h"
#include "common/socket-path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

int64_t client_now(void)
{
    return (int64_t)clock_msec(CLOCK_MONOTONIC);
}

int64_t client_due(int timeout_ms)
{
    return timeout_ms < 0 ? -1 : client_now() + timeout_ms;
}

int client_wait(const struct tr_client *client, short events, int64_t due)
{
    struct pollfd poll_fd = { .fd = client->fd, .events = events };
    int64_t left = due < 0 ? -1 : due - client_now();

    if (due >= 0 && left < 0)
        left = 0;
    int n = poll(&poll_fd, 1, left > INT_MAX ? INT_MAX : (int)left);
    if (n < 0)
        return -errno;
    return n == 0 ? -ETIMEDOUT : 0;
}

void client_close(struct tr_client *client)
{
    client->fd = safe_close(client->fd);
    varlink_stream_done(&client->stream);
    client->streaming = false;
    client->first_due = -1;
}

/* Connects although the queue of the listening socket is full, which it soon is when the daemon is stopped. No descriptor
 * says when there is room: only a blocking connect() waits for it, limited by the send timeout. */
static int connect_blocking(int fd, const struct sockaddr_un *address, int64_t due)
{
    int64_t left = due < 0 ? 0 : due - client_now();
    int flags = fcntl(fd, F_GETFL);

    if (due >= 0 && left <= 0)
        return -ETIMEDOUT;

    struct timeval limit = { .tv_sec = left / 1000, .tv_usec = left % 1000 * 1000 };
    if (flags < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0 ||
        fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0)
        return -errno;
    if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0)
        return errno == EAGAIN ? -ETIMEDOUT : -errno;
    return fcntl(fd, F_SETFL, flags) < 0 ? -errno : 0;
}

static int open_socket(const char *path, int64_t due, int *ret_fd)
{
    struct sockaddr_un address;

    int r = socket_path_address(path, &address);
    if (r < 0)
        return r;
    _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
        r = -errno;
        while (r == -EAGAIN || r == -EINTR)
            r = connect_blocking(fd, &address, due);
    }
    if (r < 0)
        return r;

    *ret_fd = TAKE_FD(fd);
    return 0;
}

/* True if a connection is as the last call left it. A daemon that has gone meanwhile loses nothing if we connect again;
 * but what came without a call would be taken for the next answer. */
static bool is_idle(const struct tr_client *client)
{
    char byte;

    return !varlink_stream_partial(&client->stream) &&
           recv(client->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

int client_connect(struct tr_client *client, int64_t due, struct tr_error *error)
{
    if (client->fd >= 0 && (client->streaming || client->calls || is_idle(client)))
        return 0;
    client_close(client);
    if (!client->path)
        return client_fail_exchange(error, -ECONNRESET);

    int r = open_socket(client->path, due, &client->fd);
    if (r < 0)
        return client_fail_connect(error, r, client->path);
    varlink_stream_init(&client->stream, client->fd, client->fd, TR_MESSAGE_MAX, TR_MESSAGE_MAX);
    return 0;
}
