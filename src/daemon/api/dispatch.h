/*
 * Runs the calls of a connection: finds the method, checks whether the client may call it, runs its handler, counts the
 * call and queues the reply.
 */
#pragma once

#include "daemon/socket/connection.h"

/* Runs one call and overwrites its text. Returns 0, or a negative errno that ends the connection. */
int dispatch_call(struct connection *connection, char *text, size_t size);

/* Counts the time of the calls that were run in this turn of the loop. userdata is the struct api. */
void dispatch_count_time(void *userdata);
