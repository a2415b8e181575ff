/* Streams: calls with "more", whose answers come one by one. */
#pragma once

#include "client/connection.h"

/* Waits for the next answer of a stream; returns as tr_stream_next(). The caller ends the reply after 0 and 1. */
int client_receive_next(
    struct tr_client *client, int timeout_ms, struct varlink_reply *ret_reply, struct tr_error *error);
