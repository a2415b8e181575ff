/*
 * The calls of the regional server (Security Services Exchange). Each makes one request and returns the reply parameters of
 * the worker's method of its name, which the caller frees: 0, -EREMOTEIO and the context's failure, -EINVAL and the
 * context's invalid parameter, or -ENOMEM.
 */
#pragma once

#include "worker/http/message.h"

/* The client is the object ClientInfo of the interface. */
int sse_create_context(struct call_context *context, const char *url, json_object *client,
    const char *exchange, int64_t refresh_interval, json_object **ret);
int sse_activate(struct call_context *context, const char *url, const char *token, json_object **ret);
int sse_get_status(struct call_context *context, const char *url,
    const struct http_client_certificate *certificate, json_object **ret);
int sse_refresh(struct call_context *context, const char *url,
    const struct http_client_certificate *certificate, json_object *client, json_object **ret);
int sse_delete_context(struct call_context *context, const char *url,
    const struct http_client_certificate *certificate, json_object **ret);

/* Asks a URL without a certificate. Succeeds if the service itself refuses that. */
int sse_probe(struct call_context *context, const char *url);
