/*
 * Reads the answers of the regional server as docs/cloud-protocol.md specifies them, without the network. An answer that is
 * not JSON of the expected shape is unexpected_reply, whatever its status: a captive portal must never look like a refused
 * token or a removed device.
 */
#pragma once

#include "worker/http/message.h"

/* Read an answer. 0 and the reply parameters of the call of that name; -EREMOTEIO and the context's failure;
 * -ENOMEM. */
int sse_answer_created(struct call_context *context, const struct http_response *response, json_object **ret);
int sse_answer_activated(
    struct call_context *context, const struct http_response *response, json_object **ret);
int sse_answer_status(struct call_context *context, const struct http_response *response, json_object **ret);
int sse_answer_deleted(struct call_context *context, const struct http_response *response, json_object **ret);

/* Reads the answer to a request that the service has to refuse. The reply is empty. */
int sse_answer_probed(struct call_context *context, const struct http_response *response, json_object **ret);
