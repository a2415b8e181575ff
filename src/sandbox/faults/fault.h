/*
 * Faults and quirks that are switched on per endpoint while the server runs. A kind of fault is a row in one of the
 * tables of kinds.h; a value that is a list of words has a row per word. The faults that are on are the array in
 * faults.json: {"endpoint", "kind", "value"?, "retryAfter"?, "code"?, "times"?}.
 */
#pragma once

#include "sandbox/base/store.h"
#include "sandbox/web/answer.h"
#include "sandbox/x509/chain.h"

#include <json-c/json.h>
#include <stdint.h>

#define FAULT_LIMIT 32 /* faults that apply to one request */
#define WORD_LIMIT 8   /* words of one fault */

struct authorities;
struct issue;
struct submission;

enum fault_value {
    VALUE_NONE,
    VALUE_STATUS,
    VALUE_SECONDS,
    VALUE_OFFSET,
    VALUE_TEXT,
    VALUE_WORD, /* one of the words of the kind */
    VALUE_LIST, /* some of the words, with commas between them */
};

/* When a fault acts. The first three act on the answer, the next three inside the handlers of EST. */
enum fault_stage {
    STAGE_BEFORE,  /* before the request is looked at */
    STAGE_INSTEAD, /* in place of the handler */
    STAGE_AFTER,   /* on the answer of the handler */
    STAGE_CHECK,   /* on a certificate request that came in */
    STAGE_ISSUE,   /* on the certificate that is about to be made */
    STAGE_CHAIN,   /* on the certificates that are sent */
    STAGE_ASKED,   /* where a handler asks for the fault by its name */
};

/* What a fault can be set on: calls over HTTP, handshakes, calls of EST. */
enum fault_place { PLACE_HTTP = 1, PLACE_TLS = 2, PLACE_EST = 4 };

/* A word that a value may have. Which member of the union counts depends on the stage of the kind. */
struct fault_word {
    const char *name;
    const char *help;
    unsigned status; /* of the refusal by a check */
    union {
        int (*answer)(struct answer *answer);                                       /* 0 or negative errno */
        const char *(*check)(const struct submission *submission);                  /* the problem, or NULL */
        int (*issue)(struct issue *issue);                                          /* 0 or negative errno */
        int (*compose)(const struct authorities *authorities, struct chain *chain); /* the same */
        int number;
        gnutls_datum_t data;
    };
};

/* Texts are borrowed. */
struct fault {
    const struct fault_kind *kind;
    const char *endpoint;
    const char *value; /* NULL if the kind takes none */
    const char *retry_after;
    const char *code;
    int64_t times; /* 0: until it is switched off */
};

struct fault_kind {
    const char *name;
    enum fault_value value;
    unsigned places;
    enum fault_stage stage;
    int (*apply)(const struct fault *fault, struct answer *answer); /* of the first three stages */
    const char *help;
    const struct fault_word *words; /* of VALUE_WORD and VALUE_LIST; ends with a row without a name */
};

/* The faults of one request. Owns the document that they point into. */
struct fault_set {
    json_object *document;
    struct fault faults[FAULT_LIMIT];
    size_t n;
};

/* Switches a fault on, in place of one of the same kind on the same endpoint. 0 or negative errno. */
int fault_switch_on(const struct store *store, const struct fault *fault);

/* Switches the faults of an endpoint off, or all faults (NULL). Returns how many, or negative errno. */
int fault_switch_off(const struct store *store, const char *endpoint);

/* Reads the array of the faults that are on; the caller puts it. 0 or negative errno. */
int fault_list(const struct store *store, json_object **ret);

/* Takes the faults for one request to an endpoint (host NULL), or for one handshake ("tls") with a host, and counts
 * the limited ones down. 0 or negative errno; the caller frees with fault_set_done(). */
int fault_take(const struct store *store, const char *endpoint, const char *host, struct fault_set *ret);

/* Frees the faults. */
void fault_set_done(struct fault_set *set);
