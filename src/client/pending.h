/*
 * The calls of tr_call_start that are under way: each ends exactly once, by its callback. Owns tr_client.calls.
 */
#pragma once

#include "client/connection.h"

/* Makes a call that is due at a time (client_now; -1: never). The caller frees it by free() or hands it on. NULL without
 * memory. */
struct client_call *client_call_new(int64_t due, tr_callback callback, void *userdata);

/* Appends a call, which it takes over. */
void client_add_call(struct tr_client *client, struct client_call *call);

/* Returns when the first call is due (client_now); -1: never. It need not be the oldest: the timeout may have changed
 * between them. */
int64_t client_calls_due(const struct tr_client *client);

/* Ends the oldest call with a reply (JSON text), or with the failure r and the error. */
void client_end_call(struct tr_client *client, int r, const char *reply, const struct tr_error *error);

/* Ends all calls with the failure r and returns how many there were. Calls that their callbacks start are left alone. */
int client_fail_calls(struct tr_client *client, int r);
