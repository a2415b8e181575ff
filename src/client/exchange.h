/*
 * Calls and answers on a client's connection: sends a call, waits for a message, and ends the connection wherever it can't
 * be known what would come next on it. Fills the error on failure.
 */
#pragma once

#include "client/connection.h"

/* Closes the connection, ends a stream and all calls that are under way. */
void client_disconnect(struct tr_client *client);

/* Disconnects after the failure r of an exchange. Returns as client_fail_exchange(). */
int client_give_up(struct tr_client *client, int r, struct tr_error *error);

/* Queues a call to be sent later, and connects by the time due if need be. Returns 0 or a negative errno. */
int client_queue(struct tr_client *client, const char *method, const char *parameters, bool more, int64_t due,
    struct tr_error *error);

/* Sends a call by the time due, if no other is under way. Returns 0 or a negative errno. */
int client_send(struct tr_client *client, const char *method, const char *parameters, bool more, int64_t due,
    struct tr_error *error);

/* Waits for the next message. Returns 0, -ETIMEDOUT or -EINTR, which leave the connection as it is, -ECONNRESET, or what
 * varlink_stream_next() and varlink_reply_parse() return. The caller ends the reply. */
int client_next_message(struct tr_client *client, int64_t due, struct varlink_reply *ret);

/* Waits for the answer to the call that was sent. Returns 0, -EREMOTEIO for an error reply, or another negative errno,
 * which ends the connection. The caller ends the reply. */
int client_receive(
    struct tr_client *client, int64_t due, struct varlink_reply *ret_reply, struct tr_error *error);

/* Converts an error reply into the error, stores its parameters for tr_client_error_parameters(), and ends the reply.
 * Returns -EREMOTEIO. */
int client_note_error(struct tr_client *client, struct varlink_reply *reply, struct tr_error *error);

/* Like client_note_error(), for a call that is waited for: disconnects, too, if the daemon refused the connection before
 * it read the call. */
int client_refuse(struct tr_client *client, struct varlink_reply *reply, struct tr_error *error);

/* Copies the parameters of a reply as JSON text, which the caller frees, and ends the reply. Returns 0 or -ENOMEM. */
int client_take_text(struct varlink_reply *reply, char **ret_text, struct tr_error *error);
