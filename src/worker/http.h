/*
 * The one place for HTTPS: every call of the worker goes through http_perform, so trust, proxy, limits and
 * log are the same for all. A struct http owns libcurl's handles; connections and the store of trust anchors
 * are reused for as long as it lives and the calls name the same anchors.
 */
#pragma once

#include "job.h"
#include "url.h"

enum {
    HTTP_BODY_MAX = 1 << 20,
    HTTP_HEADER_MAX = 64 << 10,
};

enum http_auth {
    HTTP_AUTH_NONE,
    HTTP_AUTH_BEARER,
    HTTP_AUTH_BASIC,
};

/* Authentication in the TLS handshake. Text as the call brought it: libcurl takes PEM, and tells connections
 * apart by the certificate. */
struct http_client_certificate {
    const char *certificate; /* only the first certificate is sent */
    const char *private_key;
};

struct http_request {
    const char *method; /* GET, POST or DELETE */
    const char *url;
    const char *accept;
    const char *content_type; /* with a body */
    const char *body;
    size_t body_size;
    enum http_auth auth;
    const char *username; /* HTTP_AUTH_BASIC */
    const char *secret;
    const struct http_client_certificate *client; /* NULL: none */
};

struct http_response {
    struct url_parts url; /* who answered, for messages */
    long status;
    char content_type[128]; /* empty: none */
    char *body;             /* NUL-terminated behind size */
    size_t size;
    int64_t retry_after; /* seconds, -1: none */
    bool clock_known;
    int64_t clock_offset;
    char www_authenticate[256];
    char request_id[40];
};

/* Sets up; nothing is loaded before the first request. When the caller hangs up on the descriptor during a
 * request, the process ends. NULL without memory. */
struct http *http_new(int caller_fd);

/* Accepts NULL, returns NULL. */
struct http *http_free(struct http *http);

/* Makes one request. 0 if any answer came, whatever its status; -EREMOTEIO and the job's failure; -EINVAL if
 * the URL is none for us; -ENOMEM. */
int http_perform(struct job *job, const struct http_request *request, struct http_response *ret);

/* Copies to the job's failure what the answer says of the request: status, id, clocks, time to wait. */
void http_tell(struct job *job, const struct http_response *response);

/* "text/html" and the like without parameters, or "no content type", printable. */
const char *http_content_type(const struct http_response *response, char *out, size_t size);

/* Erases and frees the body. Safe on a zeroed struct. */
void http_response_done(struct http_response *response);
