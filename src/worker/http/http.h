/*
 * The one place for HTTPS: every call of the worker goes through http_perform, so trust, proxy, limits and
 * log are the same for all. A struct http owns libcurl's handles; connections and the store of trust anchors
 * are reused for as long as it lives and the calls name the same anchors.
 */
#pragma once

#include "worker/call/call-context.h"
#include "worker/http/tls.h"
#include "worker/http/url.h"

enum {
    HTTP_BODY_MAX = 1 << 20,
    HTTP_HEADER_MAX = 64 << 10,
};

enum http_auth {
    HTTP_AUTH_NONE,
    HTTP_AUTH_BEARER,
    HTTP_AUTH_PASSWORD, /* Basic or Digest, as the server asks */
};

/* Authentication in the TLS handshake. Text as the call brought it: libcurl takes PEM, and tells connections
 * apart by the certificates, so the key must have been found to belong to the first of them. */
struct http_client_certificate {
    const char *certificate; /* only the first certificate is sent */
    const char *private_key;
    const char *chain; /* what is sent behind it; NULL: nothing */
};

/* Ties a body to the TLS connection that it is sent on. The function is called when that connection is there, each time
 * that there is one, with its tls-unique (RFC 5929), and rewrites the body in place. 0 or a negative errno. */
struct http_binding {
    int (*bind)(void *userdata, const unsigned char *unique, size_t size);
    void *userdata;
};

struct http_request {
    const char *method; /* GET, POST or DELETE */
    const char *url;
    const char *accept;
    const char *content_type; /* with a body */
    bool is_base64;           /* says so in Content-Transfer-Encoding */
    const char *body;
    size_t body_size;
    enum http_auth auth;
    const char *username; /* HTTP_AUTH_PASSWORD */
    const char *secret;
    const struct http_client_certificate *client; /* NULL: none */
    const char *tls_anchors;                      /* PEM, in place of the network's; NULL: those */
    const struct http_binding *binding;           /* a new connection with TLS 1.2; NULL: any */
};

enum {
    HTTP_CLOCK_TOLERANCE = 300, /* seconds; clocks that differ by more make certificates and tokens invalid */
};

struct http_response {
    struct url_parts url; /* who answered, for messages */
    long status;
    char content_type[256]; /* empty: none */
    char *body;             /* NUL-terminated behind size */
    size_t size;
    char *redirect;      /* the absolute URL that a 3xx names; NULL: none */
    int64_t retry_after; /* seconds, -1: none */
    bool clock_known;
    int64_t clock_offset;
    char www_authenticate[256]; /* empty: none */
    char request_id[40];
};

/* True if our clock and the server's are known to differ by more than HTTP_CLOCK_TOLERANCE. */
bool http_clock_is_wrong(const struct http_response *response);

/* Sets up; nothing is loaded before the first request. When the caller hangs up on the descriptor during a
 * request, the process ends. NULL without memory. */
struct http *http_new(int caller_fd);

/* Accepts NULL, returns NULL. */
struct http *http_free(struct http *http);

/* How far a request has come. */
enum http_stage {
    HTTP_BEGUN,
    HTTP_RESOLVED,  /* the name of the host, or of the proxy */
    HTTP_CONNECTED, /* to the host, by the proxy if there is one */
    HTTP_SECURED,
    HTTP_ANSWERED,
};

struct http_progress {
    enum http_stage stage;
    int64_t resolved_us; /* since the begin of the request; 0: not yet */
    bool proxied;
    const char *address; /* that we are connected to, with the port; empty: not yet */
    const struct tls_peer *peer;
    const struct http_response *response; /* HTTP_ANSWERED */
};

typedef void (*http_watcher)(void *userdata, const struct http_progress *progress);

/* Lets a function look on at each turn of the requests that are waited for; NULL: nobody. */
void http_watch(struct http *http, http_watcher watcher, void *userdata);

/* Drops all connections: the next request makes its own. */
void http_disconnect(struct http *http);

/* The caller's descriptor. */
int http_caller(const struct http *http);

/* What the server showed of itself in the last request that was waited for. */
const struct tls_peer *http_peer(const struct http *http);

/* Makes one request, or takes the answer to the same one that http_prefetch has begun. 0 if any answer came, whatever
 * its status; -EREMOTEIO and the context's failure; -EINVAL if the URL is none for us; -ENOMEM. */
int http_perform(struct call_context *context, const struct http_request *request, struct http_response *ret);

/* Begins a GET without authentication that a later http_perform will want; it goes on while other requests run, on one
 * connection for each host. Whether it succeeds is of no concern. 0, or -ENOMEM. */
int http_prefetch(struct call_context *context, const struct http_request *request);

/* Copies to the context's failure what the answer says of the request: status, id, clocks, time to wait. */
void http_tell(struct call_context *context, const struct http_response *response);

/* "text/html" and the like without parameters, or "no content type", for a message. */
const char *http_content_type(
    const struct call_context *context, const struct http_response *response, char *out, size_t size);

/* Erases and frees what is owned. Safe on a zeroed struct. */
void http_response_done(struct http_response *response);
