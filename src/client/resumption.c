#include "client/resumption.h"

#include <errno.h>

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

void client_resumption_delay(struct tr_client *client)
{
    struct client_resumption *resumption = &client->resumption;

    resumption->pause_ms = resumption->pause_ms ? resumption->pause_ms * 2 : PAUSE_MIN_MS;
    if (resumption->pause_ms > PAUSE_MAX_MS)
        resumption->pause_ms = PAUSE_MAX_MS;
    resumption->retry = client_now() + resumption->pause_ms;
}

int client_resumption_lose(struct tr_client *client)
{
    struct client_resumption *resumption = &client->resumption;
    bool answered = resumption->answered;

    /* A stream that has never answered can't be resumed. */
    if (!resumption->method || (!answered && !resumption->pause_ms))
        return 0;
    if (answered)
        resumption->pause_ms = 0;
    client_resumption_delay(client);
    resumption->answered = false;
    resumption->lost = true;
    client_close(client);
    return answered ? TR_STREAM_LOST : -EAGAIN;
}
