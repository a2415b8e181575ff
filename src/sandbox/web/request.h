/*
 * One HTTP request to the cloud, with the headers that the handlers look at. Everything in it is borrowed from
 * the connection, which outlives it.
 */
#pragma once

#include "sandbox/base/region.h"

#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stddef.h>

struct request {
    const char *method;
    const char *path;
    const char *id;          /* X-Request-Id, or a random one if the client sent none; never NULL */
    const struct host *host; /* NULL if the cloud has no host of that name */
    const char *host_name;   /* as sent; "" if missing */
    const char *authorization;
    const char *content_type;
    const char *content_transfer_encoding;
    const char *transfer_encoding;
    const char *expect;
    const char *body; /* NUL-terminated; "" if there is none */
    size_t size;      /* of the body */
    bool too_large;   /* the body is longer than the limit, and cut */
    gnutls_session_t tls;
    unsigned client_port; /* tells connections apart; 0 if unknown */
};
