#include "client/pending.h"

#include "client/error.h"

#include <errno.h>

struct client_call {
    struct client_call *next;
    int64_t due;
    tr_callback callback;
    void *userdata;
};

struct client_call *client_call_new(int64_t due, tr_callback callback, void *userdata)
{
    struct client_call *call = malloc(sizeof(*call));

    if (call)
        *call = (struct client_call){ .due = due, .callback = callback, .userdata = userdata };
    return call;
}

void client_add_call(struct tr_client *client, struct client_call *call)
{
    struct client_call **end = &client->calls;

    while (*end)
        end = &(*end)->next;
    *end = call;
}

int64_t client_calls_due(const struct tr_client *client)
{
    int64_t first = -1;

    for (const struct client_call *call = client->calls; call; call = call->next)
        if (call->due >= 0 && (first < 0 || call->due < first))
            first = call->due;
    return first;
}

/* Runs the callback of a call that is off the list, and frees it. */
static void finish_call(struct client_call *call, int r, const char *reply, const struct tr_error *error)
{
    call->callback(call->userdata, r, reply, error);
    free(call);
}

void client_end_call(struct tr_client *client, int r, const char *reply, const struct tr_error *error)
{
    struct client_call *call = client->calls;

    client->calls = call->next;
    finish_call(call, r, reply, error);
}

int client_fail_calls(struct tr_client *client, int r)
{
    struct client_call *calls = TAKE_PTR(client->calls);
    int n = 0;

    for (; calls; n++) {
        struct client_call *call = calls;
        struct tr_error error;

        calls = call->next;
        int failure = client_fail_exchange(&error, r);
        finish_call(call, failure, NULL, &error);
    }
    return n;
}
