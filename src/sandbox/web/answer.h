/*
 * The answer to one request while it is being made: a handler fills it, faults spoil it, and the server sends it. It
 * owns its body and the values of its headers. Functions return 0, -ENOMEM, or -E2BIG if there are too many headers.
 */
#pragma once

#include "sandbox/web/request.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ANSWER_HEADERS 10
#define ANSWER_REASON 96
#define ANSWER_FAULTS 400

/* Where the body ends: by its length, by chunks, or with an HTTP/1.0 connection. */
enum framing { FRAMING_LENGTH, FRAMING_CHUNKED, FRAMING_CLOSE };

/* The client certificates that the handshake accepts: any chain or none; only the client's own; with its
 * issuer's; with those of two issuers; any chain. */
enum client_rule { CLIENT_ANY, CLIENT_SINGLE, CLIENT_CHAIN, CLIENT_TWO_ISSUERS, CLIENT_REQUIRED };

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
    char reason[ANSWER_REASON];    /* for the log: an error code, or the outcome */
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
    bool lower_case;            /* the names of the headers */
    char faults[ANSWER_FAULTS]; /* for the log: the ones that acted */
};

/* Frees body and headers; the status stays for the log. */
void answer_done(struct answer *answer);

/* Sets a header in place of those of the same name; the name must be a constant. */
int answer_set_header(struct answer *answer, const char *name, const char *value);

/* Adds a header beside those of the same name. */
int answer_add_header(struct answer *answer, const char *name, const char *value);

/* Drops all headers of that name. */
void answer_drop_header(struct answer *answer, const char *name);

/* Answers with a body that the answer takes over, also if it fails; drops all headers. content_type may be NULL. */
int answer_take_body(
    struct answer *answer, unsigned status, const char *content_type, char *body, size_t size);

/* Replaces the body by a copy, and nothing else. */
int answer_replace_body(struct answer *answer, const void *data, size_t size);

/* Answers with a JSON document (borrowed). */
int answer_set_json(struct answer *answer, unsigned status, json_object *document, const char *reason);

/* Answers without a body. Always returns 0. */
int answer_set_empty(struct answer *answer, unsigned status, const char *reason);

/* Answers {"error":{code, message, correlationId}}. */
int answer_set_error(struct answer *answer, unsigned status, const char *code, const char *message);

/* Answers like answer_set_error(), with "region" beside the code. */
int answer_set_region_error(
    struct answer *answer, unsigned status, const char *code, const char *message, const char *region);

/* Writes the HTTP date that lies that many seconds ahead; text has room for size. */
void write_http_date(int64_t offset, char *text, size_t size);
