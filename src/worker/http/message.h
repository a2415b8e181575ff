/*
 * HTTP requests and responses as the services above see them, and how a response tells the call's failure about itself.
 * A request borrows everything; a response owns its body and its redirect.
 */
#pragma once

#include "worker/call/call-context.h"
#include "worker/http/url.h"

enum {
    HTTP_CLOCK_TOLERANCE = 300, /* seconds; clocks that differ by more make certificates and tokens invalid */
};

enum http_auth {
    HTTP_AUTH_NONE,
    HTTP_AUTH_BEARER,
    HTTP_AUTH_PASSWORD, /* Basic or Digest, as the server asks */
    HTTP_AUTH_BASIC,    /* Basic, unasked */
};

/* Authentication in the TLS handshake, in PEM. The caller has checked that the key belongs to the certificate: libcurl
 * tells connections apart by certificate alone. */
struct http_client_certificate {
    const char *certificate; /* only the first one is sent */
    const char *private_key;
    const char *chain; /* sent behind it; NULL: nothing */
};

/* Ties a body to the TLS connection that carries it. bind() is called for each connection that is made, with its
 * tls-unique (RFC 5929), and rewrites the body in place. It returns 0 or a negative errno. */
struct http_binding {
    int (*bind)(void *userdata, const unsigned char *unique, size_t size);
    void *userdata;
};

/* How to treat a server whose chain ends only in the network's ca_file, which means that TLS
 * is intercepted. */
enum http_interception {
    HTTP_INTERCEPTION_IGNORED,
    HTTP_INTERCEPTION_NOTED,   /* note it in the response */
    HTTP_INTERCEPTION_REFUSED, /* fail before the request is sent */
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
    const char *username; /* HTTP_AUTH_PASSWORD, HTTP_AUTH_BASIC */
    const char *secret;
    const struct http_client_certificate *client; /* NULL: none */
    const char *tls_anchors;                      /* PEM, in place of the network's; NULL: those */
    enum http_interception interception;
    bool not_local; /* the host must not be on this machine or link, except through a proxy or connect_to */
    bool new_connection;                /* use no open connection */
    const struct http_binding *binding; /* forces a new connection with TLS 1.2; NULL: any will do */
};

struct http_response {
    struct url_parts url; /* who answered, for messages */
    long status;
    char content_type[256]; /* empty: none */
    char *body;             /* NUL-terminated behind size */
    size_t size;
    char *redirect;      /* the absolute URL that a 3xx names; NULL: none */
    int64_t retry_after; /* seconds; -1: none */
    bool clock_known;
    int64_t clock_offset;       /* seconds that our clock is ahead of the server's */
    char www_authenticate[256]; /* empty: none */
    bool challenged;            /* this answer or an earlier one of the exchange said how to authenticate */
    bool intercepted;           /* see HTTP_INTERCEPTION_NOTED */
    char request_id[40];
};

/* Erases and frees what is owned. Safe on a zeroed struct. */
void http_response_done(struct http_response *response);

#define _cleanup_http_response_ _cleanup_(http_response_done)

/* True if our clock and the server's are known to differ by more than HTTP_CLOCK_TOLERANCE. */
bool http_clock_is_wrong(const struct http_response *response);

/* Copies status, request id, clock and time to wait to the call's failure. */
void http_note_response(struct call_context *context, const struct http_response *response);

/* Fails the call with unexpected_reply: "HOST answered STATUS with FOUND (CONTENT TYPE)." Returns as failure_set(). */
int http_fail_unexpected(
    struct call_context *context, const struct http_response *response, const char *found);

/* Fails the call with tls_intercepted, since a proxy did not pass the client's certificate on. Returns as
 * failure_set(). */
int http_fail_intercepted(struct call_context *context, const struct http_response *response);

/* Returns true if an answer is nginx's page that refuses a client certificate or demands one, from any web
 * server. */
bool http_refuses_certificate(const struct http_response *response);

/* Fails the call with certificate_refused. Returns as failure_set(). */
int http_fail_certificate(struct call_context *context, const struct http_response *response);
