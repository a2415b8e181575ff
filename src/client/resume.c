#include "client/resume.h"

#include "client/exchange.h"
#include "client/resumption.h"

#include <errno.h>
#include <poll.h>

/* True if the failure means that the daemon isn't there yet. */
static bool is_absence(int r)
{
    return r == -ENOENT || r == -ECONNREFUSED || r == -ECONNRESET || r == -EPIPE || r == -ETIMEDOUT;
}

/* Waits until a time. Returns 0, -EAGAIN if the time due comes first, or -EINTR. */
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
            client_disconnect(client);
            if (error)
                *error = failure;
            return r;
        }
        resumption->lost = true;
        client_close(client);
        client_resumption_delay(client);
    }
}
