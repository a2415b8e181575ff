/*
 * One exchange on a libcurl handle: every option that a request needs, and the callbacks that take the
 * answer. Belongs to http.c.
 */
#pragma once

#include "http.h"

struct http_exchange {
    struct http_response *response;
    size_t body_room, header_size;
    bool too_large, no_memory;
    char error[CURL_ERROR_SIZE];
    struct curl_slist *headers;
};

/* Sets the options; what they borrow has to live until the handle is reset. 0 or -ENOMEM. */
int http_exchange_begin(struct http_exchange *exchange, CURL *easy, const struct network *network,
    const struct http_request *request);

/* Frees all but the response. */
void http_exchange_done(struct http_exchange *exchange);
