/*
 * Who gets a connection to the local socket: so many at once and of one user; the others are told why not. Without
 * descriptors or memory accepting pauses; what is connected goes on.
 */
#pragma once

#include "daemon/socket/server.h"

/* Accepts from now on at the server's descriptor. 0 or a negative errno. */
int accept_start(struct server *server);

/* Ends it. Safe on a zeroed server. */
void accept_stop(struct server *server);
