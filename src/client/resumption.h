/*
 * What a stream needs to outlive its connection: the call that began it, and when to try again. Owns
 * tr_client.resumption; sends nothing itself.
 */
#pragma once

#include "client/connection.h"

/* Remembers the call that begins a stream, if the client reconnects. Returns 0 or -ENOMEM. */
int client_resumption_begin(struct tr_client *client, const char *method, const char *parameters);

/* Notes that the connection is gone, and closes it. Returns TR_STREAM_LOST if the stream goes on and its user has to be
 * told, -EAGAIN if it goes on without a word, since it had not answered on this connection, or 0 if it can't go on. */
int client_resumption_lose(struct tr_client *client);

/* Doubles the pause before the next attempt, so that a daemon that is away isn't asked in a tight loop. */
void client_resumption_delay(struct tr_client *client);

/* Forgets the call. Safe to repeat. */
void client_resumption_end(struct tr_client *client);
