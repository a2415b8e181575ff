/*
 * Runs the calls of a connection: finds the method, asks whether the client may call it, runs its handler, counts the call
 * and sends the reply.
 */
#pragma once

#include "daemon/socket/connection.h"

/* Runs one call, whose text is overwritten. 0, or a negative errno that ends the connection. */
int dispatch_call(struct connection *connection, char *text, size_t size);

/* Counts how long the calls took that were run in this turn of the loop; userdata is the struct api. */
void dispatch_count_time(void *userdata);
