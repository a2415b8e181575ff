/* Turns an answer into a libmicrohttpd response and queues it. */
#pragma once

#include "sandbox/web/answer.h"

#include <microhttpd.h>

/* Queues the answer with its Date and X-Request-Id (request_id NULL: none). Takes the body over. MHD_NO
 * closes the connection. */
enum MHD_Result send_answer(struct MHD_Connection *connection, struct answer *answer, const char *request_id);
