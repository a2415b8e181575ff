/*
 * One exchange on a libcurl handle: every option that a request needs, and the callbacks that take the
 * answer. Belongs to http.c.
 */
#pragma once

#include "worker/http/message.h"

#include <curl/curl.h>

enum {
    HTTP_BODY_MAX = 1 << 20,
    HTTP_HEADER_MAX = 64 << 10,
};

struct http_exchange {
    struct http_response response;
    size_t body_room, header_size;
    unsigned answers;    /* status lines, but for 1xx */
    bool body_announced; /* this answer says how long its body is */
    bool complete;       /* we stopped reading, since all has come that will */
    bool too_large, no_memory;
    bool unbound; /* the body could not be tied to the connection */
    char error[CURL_ERROR_SIZE];
    struct curl_slist *headers, *connect_to;
    char *certificates; /* of the client, in PEM */
    const struct http_binding *binding;
    CURL *easy;
};

/* Sets the options; what they borrow of the request has to live until the handle is reset. The exchange must be zeroed.
 * 0 or -ENOMEM. */
int http_exchange_begin(struct http_exchange *exchange, CURL *easy, const struct network *network,
    const struct http_request *request);

/* Frees all but the response. */
void http_exchange_done(struct http_exchange *exchange);
