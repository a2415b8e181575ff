/*
 * A client of the daemon's socket, in the process and on the loop of the test. A client that waits runs the daemon's loop
 * meanwhile.
 */
#pragma once

#include "unit/helpers/daemon/fixture.h"

#define AGENT "org.threatresponse.agent."

struct client {
    struct fixture *fixture;
    struct varlink_stream stream;
    int fd;
};

/* Connects, without a turn of the daemon's loop. */
void client_connect(struct client *client, struct fixture *f);

/* Closes the connection, and lets the daemon see it. */
void client_close(struct client *client);

/* Sends bytes; client_call sends one message with its end. */
void client_send(struct client *client, const char *bytes, size_t size);
void client_call(struct client *client, const char *message);

/* Says that no more will be sent, and goes on receiving. */
void client_shut(struct client *client);

/* Returns the next message, for the caller to put; NULL if the daemon has hung up. */
json_object *client_receive(struct client *client);

/* Checks the text of the next message, or "hung up". */
void client_check_next(struct client *client, const char *expected);

/* Checks that nothing has come, once the daemon has done what it can. */
void client_check_silence(struct client *client);

/* Makes one call on a connection of its own; the reply is the caller's to put. */
json_object *client_ask(struct fixture *f, const char *method, const char *parameters);
