#include "client/client.h"

#include "common/socket-path.h"
#include "common/version.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

const char *tr_version(void)
{
    return TR_VERSION;
}

int64_t client_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t client_due(int timeout_ms)
{
    return timeout_ms < 0 ? -1 : client_now() + timeout_ms;
}

int tr_client_new(const char *path, struct tr_client **ret_client)
{
    struct tr_client *client = calloc(1, sizeof(*client));

    if (!client)
        return -ENOMEM;
    client->path = strdup(path ? path : TR_SOCKET_PATH);
    if (!client->path) {
        free(client);
        return -ENOMEM;
    }
    client->fd = -1;
    client->first_due = -1;
    client->timeout_ms = TR_TIMEOUT_DEFAULT;

    *ret_client = client;
    return 0;
}

int tr_client_new_fd(int fd, struct tr_client **ret_client)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
        return -EINVAL;

    struct tr_client *client = calloc(1, sizeof(*client));
    if (!client)
        return -ENOMEM;
    client->fd = fd;
    client->first_due = -1;
    client->timeout_ms = TR_TIMEOUT_DEFAULT;
    varlink_stream_init(&client->stream, fd, fd, TR_MESSAGE_MAX, TR_MESSAGE_MAX);

    *ret_client = client;
    return 0;
}

struct tr_client *tr_client_free(struct tr_client *client)
{
    if (!client)
        return NULL;

    /* Without a path a callback can't connect again. */
    freep(&client->path);
    client->path = NULL;
    tr_client_disconnect(client);
    free(client->error_parameters);
    free(client);
    return NULL;
}

void tr_client_set_timeout(struct tr_client *client, int timeout_ms)
{
    client->timeout_ms = timeout_ms;
}

void tr_client_set_reconnect(struct tr_client *client, bool reconnect)
{
    client->reconnects = reconnect;
}

void client_close(struct tr_client *client)
{
    client->fd = safe_close(client->fd);
    varlink_stream_done(&client->stream);
    client->streaming = false;
    client->first_due = -1;
}

void tr_client_disconnect(struct tr_client *client)
{
    client_close(client);
    client_resumption_end(client);
    client_fail_calls(client, -ECONNRESET);
}

int tr_client_get_fd(const struct tr_client *client)
{
    return client->fd;
}

const char *tr_client_error_parameters(const struct tr_client *client)
{
    return client->error_parameters;
}

/* Connects although the queue of the listening socket is full, as it is soon when the daemon is stopped: no
 * descriptor says when there is room, only a blocking connect waits for it, and its limit is the send
 * timeout. */
static int connect_slowly(int fd, const struct sockaddr_un *address, int64_t due)
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
            r = connect_slowly(fd, &address, due);
    }
    if (r < 0)
        return r;

    *ret_fd = TAKE_FD(fd);
    return 0;
}

/* True if a connection is as the last call left it. If the daemon has gone meanwhile, nothing is lost by
 * connecting anew; if something came that no call asked for, the next answer could not be told from it. */
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
        return client_fail_talk(error, -ECONNRESET);

    int r = open_socket(client->path, due, &client->fd);
    if (r < 0)
        return client_fail_connect(error, r, client->path);
    varlink_stream_init(&client->stream, client->fd, client->fd, TR_MESSAGE_MAX, TR_MESSAGE_MAX);
    return 0;
}

int tr_client_connect(struct tr_client *client, struct tr_error *error)
{
    return client_connect(client, client_due(client->timeout_ms), error);
}
