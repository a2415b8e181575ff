#include "client/client.h"

#include <errno.h>
#include <poll.h>

enum {
    PAUSE_MIN_MS = 20,
    PAUSE_MAX_MS = 1000,
};

int client_resumption_begin(struct tr_client *client, const char *method, const char *parameters)
{
    client_resumption_end(client);
    if (!client->reconnects || !client->path)
        return 0;
    client->resumption.method = strdup(method);
    client->resumption.parameters = parameters ? strdup(parameters) : NULL;
    if (!client->resumption.method || (parameters && !client->resumption.parameters)) {
        client_resumption_end(client);
        return -ENOMEM;
    }
    return 0;
}

void client_resumption_end(struct tr_client *client)
{
    free(client->resumption.method);
    erase_free(client->resumption.parameters);
    client->resumption = (struct client_resumption){ 0 };
}

/* A daemon that is not there yet, or hangs up again, is not asked in a tight loop. */
static void retry_later(struct client_resumption *resumption)
{
    resumption->pause_ms = resumption->pause_ms ? resumption->pause_ms * 2 : PAUSE_MIN_MS;
    if (resumption->pause_ms > PAUSE_MAX_MS)
        resumption->pause_ms = PAUSE_MAX_MS;
    resumption->retry = client_now() + resumption->pause_ms;
}

int client_resumption_lose(struct tr_client *client)
{
    struct client_resumption *resumption = &client->resumption;
    bool answered = resumption->answered;

    /* Before its first answer a stream has not begun. */
    if (!resumption->method || (!answered && !resumption->pause_ms))
        return 0;
    if (answered)
        resumption->pause_ms = 0;
    retry_later(resumption);
    resumption->answered = false;
    resumption->lost = true;
    client_close(client);
    return answered ? TR_STREAM_LOST : -EAGAIN;
}

/* True if the failure says only that the daemon is not there (yet). */
static bool is_absence(int r)
{
    return r == -ENOENT || r == -ECONNREFUSED || r == -ECONNRESET || r == -EPIPE || r == -ETIMEDOUT;
}

/* Waits until a time, but not longer than until it is due. 0, -EAGAIN, -EINTR. */
static int wait_until(int64_t time, int64_t due)
{
    bool too_late = due >= 0 && due < time;
    int64_t left = (too_late ? due : time) - client_now();

    if (left > 0 && poll(NULL, 0, (int)left) < 0)
        return -errno;
    return too_late ? -EAGAIN : 0;
}

int client_resume(struct tr_client *client, int64_t due, struct tr_error *error)
{
    struct client_resumption *resumption = &client->resumption;
    struct tr_error failure;

    for (;;) {
        int r = wait_until(resumption->retry, due);
        if (r < 0)
            return r;

        int64_t limit = client_due(client->timeout_ms);
        resumption->lost = false;
        r = client_send(client, resumption->method, resumption->parameters, true,
            due >= 0 && (limit < 0 || due < limit) ? due : limit, &failure);
        if (r >= 0) {
            client->streaming = true;
            return 0;
        }
        if (!is_absence(r)) {
            tr_client_disconnect(client);
            if (error)
                *error = failure;
            return r;
        }
        resumption->lost = true;
        client_close(client);
        retry_later(resumption);
    }
}
