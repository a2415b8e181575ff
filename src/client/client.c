#include "client/exchange.h"
#include "common/version.h"
#include "varlink/agent.h"

#include <errno.h>
#include <fcntl.h>

_Static_assert(__builtin_strcmp(TR_SOCKET_PATH, "/run/threatresponsed/" AGENT_INTERFACE) == 0,
    "TR_SOCKET_PATH ends with the name of the interface");

const char *tr_version(void)
{
    return TR_VERSION;
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

    /* Without a path, calls that callbacks start can't connect again. */
    freep(&client->path);
    client->path = NULL;
    client_disconnect(client);
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

void tr_client_disconnect(struct tr_client *client)
{
    client_disconnect(client);
}

int tr_client_get_fd(const struct tr_client *client)
{
    return client->fd;
}

const char *tr_client_error_parameters(const struct tr_client *client)
{
    return client->error_parameters;
}

int tr_client_connect(struct tr_client *client, struct tr_error *error)
{
    return client_connect(client, client_due(client->timeout_ms), error);
}
