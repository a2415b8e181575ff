/*
 * One exchange on a libcurl handle: sets every option that a request needs, and takes the answer in callbacks. Only
 * transfer.c uses it.
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
    unsigned answers;    /* status lines other than 1xx */
    bool body_announced; /* the answer says how long its body is */
    bool cached;         /* the answer has an Age: its Date is not that of the server's clock */
    bool complete;       /* we stopped reading: nothing more is to come */
    bool too_large, no_memory;
    bool proxied; /* the proxy leads to the host */
    bool ready;   /* the connection is made, also through the proxy, and verified */
    enum http_interception interception;
    const char *bundle;       /* anchors of a server that is not intercepted; borrowed; NULL: any */
    bool unbound;             /* the body couldn't be tied to the connection */
    char location[LIMIT_URL]; /* as the answer has it; empty: none */
    char error[CURL_ERROR_SIZE];
    struct curl_slist *headers, *connect_to;
    char *certificates; /* of the client, PEM */
    const struct http_binding *binding;
    CURL *easy;
};

/* Sets the options of the handle. The exchange must be zeroed except for the URL of its response; exchange
 * and request must live until the handle is reset. Returns 0 or -ENOMEM. */
int http_exchange_begin(struct http_exchange *exchange, CURL *easy, const struct network *network,
    const struct http_request *request);

/* Frees everything but the response. */
void http_exchange_done(struct http_exchange *exchange);
