/*
 * Sends an answer as a response of libmicrohttpd.
 */
#pragma once

#include "sandbox/web/answer.h"

#include <microhttpd.h>

/* Queues the answer with its Date and X-Request-Id (request_id NULL: none), and takes its body over. Returns MHD_NO if
 * the connection has to be closed. */
enum MHD_Result send_answer(struct MHD_Connection *connection, struct answer *answer, const char *request_id);
