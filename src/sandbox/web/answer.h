/* The answer to one request while it is being made: handlers fill it, faults spoil it, http.c sends it. It
 * owns its body and the values of its headers. An answer that was never filled is a 500. */
#pragma once

#include "sandbox/web/request.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ANSWER_HEADERS 10
#define ANSWER_REASON 96
#define ANSWER_FAULTS 400

/* How the end of the body is told: by its length, by chunks, or by the end of an HTTP/1.0 connection. */
enum framing { FRAMING_LENGTH, FRAMING_CHUNKED, FRAMING_CLOSE };

/* What is asked of the client's certificates in the handshake. */
enum client_rule { CLIENT_ANY, CLIENT_SINGLE, CLIENT_CHAIN };

enum tls_variant { TLS_GOOD, TLS_EXPIRED, TLS_FOREIGN, TLS_WRONG_NAME };

struct answer {
    unsigned status;
    char *body;
    size_t size;
    struct {
        const char *name; /* constant */
        char *value;
    } headers[ANSWER_HEADERS];
    size_t n_headers;
    char reason[ANSWER_REASON];    /* for the log: an error code, or what happened */
    const struct request *request; /* borrowed; NULL in a handshake */
    bool base64;                   /* the body is base64 of DER */

    /* set by faults only */
    int64_t delay; /* milliseconds */
    bool drop;
    bool truncate;
    int64_t clock_offset; /* seconds */
    enum tls_variant certificate;
    enum client_rule client_rule;
    enum framing framing;
    bool lower_case;            /* names of headers */
    char faults[ANSWER_FAULTS]; /* for the log: which ones acted */
};

/* Releases body and headers; the status stays for the log. */
void answer_done(struct answer *answer);

/* Sets a header, replacing one of the same name; the name must be a constant. 0, -ENOMEM or -E2BIG. */
int answer_set_header(struct answer *answer, const char *name, const char *value);

/* Sets one more header, beside those of the same name. 0, -ENOMEM or -E2BIG. */
int answer_add_header(struct answer *answer, const char *name, const char *value);

/* Drops all headers of that name. */
void answer_drop_header(struct answer *answer, const char *name);

/* The value of a header, borrowed; NULL when there is none. */
const char *answer_get_header(const struct answer *answer, const char *name);

/* Takes the body over and sets status and content type. 0 or -ENOMEM. */
int answer_take_body(
    struct answer *answer, unsigned status, const char *content_type, char *body, size_t size);

/* Replaces the body (copied), and nothing else. 0 or -ENOMEM. */
int answer_replace_body(struct answer *answer, const void *data, size_t size);

/* Answers with a JSON document (borrowed). 0 or -ENOMEM. */
int answer_set_json(struct answer *answer, unsigned status, json_object *document, const char *reason);

/* Answers without a body. Returns 0. */
int answer_set_empty(struct answer *answer, unsigned status, const char *reason);

/* Answers {"error":{code, message, correlationId}}. 0 or -ENOMEM. */
int answer_set_error(struct answer *answer, unsigned status, const char *code, const char *message);

/* The same with "region" beside the code. 0 or -ENOMEM. */
int answer_set_region_error(
    struct answer *answer, unsigned status, const char *code, const char *message, const char *region);

/* The HTTP date of so many seconds from now; text has room for size. */
void write_http_date(int64_t offset, char *text, size_t size);
