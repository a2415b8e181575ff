/*
 * How far a request has come, for whoever looks on while it is waited for (http_watch).
 */
#pragma once

#include "worker/http/message.h"
#include "worker/http/tls.h"

enum http_stage {
    HTTP_BEGUN,
    HTTP_RESOLVED,  /* the name of the host, or of the proxy */
    HTTP_CONNECTED, /* to the host, by the proxy if there is one */
    HTTP_SECURED,
    HTTP_ANSWERED,
};

struct http_progress {
    enum http_stage stage;
    int64_t resolved_us; /* since the request began; 0: not yet */
    bool proxied;
    const char *address; /* of the peer, with the port; empty: not connected yet */
    const struct tls_peer *peer;
    const struct http_response *response; /* HTTP_ANSWERED */
};

/* Is called after each turn of the transfers, so the same stage may come again and one may be skipped. */
typedef void (*http_watcher)(void *userdata, const struct http_progress *progress);
