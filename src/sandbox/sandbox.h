/* The running server: one object that owns everything, and the request as its handlers see it. Handlers run
 * in many threads at once; what changes is in the store, under its lock, and the rest is constant after the
 * start. */
#pragma once

#include "sandbox/base/guid.h"
#include "sandbox/base/region.h"
#include "sandbox/base/settings.h"
#include "sandbox/base/store.h"
#include "sandbox/faults/fault.h"
#include "sandbox/sse/context.h"
#include "sandbox/web/answer.h"
#include "sandbox/x509/authority.h"

#include <gnutls/gnutls.h>

struct identities; /* tls.h */

struct sandbox {
    struct store store;
    struct settings settings;
    struct authorities authorities;
    struct identities *identities;
    int stop_fd; /* eventfd, readable once the server stops: it ends delays */
    int log_fd;
};

/* Everything is borrowed from the connection. */
struct request {
    const char *method;
    const char *path;
    const char *id;          /* X-Request-Id, or one that we made; never NULL */
    const struct host *host; /* NULL: not one of ours */
    const char *host_name;   /* as sent, "" when missing */
    const char *authorization;
    const char *content_type;
    const char *content_transfer_encoding;
    const char *transfer_encoding;
    const char *expect;
    char guid[GUID_LENGTH + 1]; /* from the path of an SSE call */
    const char *body;           /* NUL-terminated */
    size_t size;
    bool too_large;
    gnutls_session_t tls;
    unsigned client_port;           /* tells connections apart; 0: not known */
    const struct fault_set *faults; /* that apply to it; never NULL in a handler */
};

typedef int (*handler_func)(
    const struct sandbox *sandbox, const struct request *request, struct answer *answer);
