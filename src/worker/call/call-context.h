/*
 * What one call works with: the HTTP client of the process, the network that the call names, its secrets, and where a
 * failure is noted. It lives as long as the call; what it borrows of the parameters lives as long.
 */
#pragma once

#include "worker/call/failure.h"
#include "worker/call/network.h"

struct http;

struct call_context {
    struct http *http; /* borrowed */
    struct network network;
    struct secrets secrets;
    struct failure failure;
    const char *invalid; /* after -EINVAL: the parameter that is wrong */
};

/* Reads secrets and network of a call. Returns 0, -EINVAL and the invalid parameter, or -ENOMEM. Close it in any case;
 * it can't be moved. */
int call_context_open(struct call_context *context, struct http *http, json_object *parameters);

/* Erases and frees what is owned. */
void call_context_close(struct call_context *context);

/* Notes that a parameter of the call is wrong. Returns -EINVAL, to be returned at once. */
int call_refuse_parameter(struct call_context *context, const char *parameter);
