/*
 * The methods of org.threatresponse.agent: each parses, asks the manager's parts, and replies. Nothing is
 * decided here but who may call what.
 */
#pragma once

#include "common/service.h"
#include "daemon/socket/server.h"

extern const struct service_interface api_interface;

/* Runs one call that a connection sent; text is overwritten. 0, or a negative errno that ends the connection.
 */
int api_run(struct connection *connection, char *text, size_t size);

/* Counts how long the calls took that were run since the turn began: to be called at its end. */
void api_settle(struct server *server);
