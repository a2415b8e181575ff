/* Begins a stream again whose connection was lost. */
#pragma once

#include "client/connection.h"

/* Sends the call of the stream again as soon as the daemon is there. Returns 0, -EAGAIN if the time due comes first, -EINTR,
 * or another negative errno, which ends the stream. */
int client_resume(struct tr_client *client, int64_t due, struct tr_error *error);
