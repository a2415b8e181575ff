/* Faults and quirks that can be switched on per endpoint while the server runs. There is a row per kind, and
 * where the value is a list of words, a row per word with what it does; a new quirk of a real server is a new
 * row. The switched-on ones are the array in faults.json:
 *   {"endpoint", "kind", "value"?, "retryAfter"?, "code"?, "times"?}. */
#pragma once

#include "sandbox/base/store.h"
#include "sandbox/web/answer.h"
#include "sandbox/x509/chain.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#define FAULT_LIMIT 32 /* that apply to one request */
#define WORD_LIMIT 8   /* of one fault */

struct issue;
struct sandbox;
struct submission;

enum fault_value {
    VALUE_NONE,
    VALUE_STATUS,
    VALUE_SECONDS,
    VALUE_OFFSET,
    VALUE_TEXT,
    VALUE_WORD, /* one of the words of the kind */
    VALUE_LIST, /* some of them, with commas between */
};

/* When a fault acts: before the request is looked at, in its place, on the answer to it; or at the places of
 * EST: on a certificate request that came, on the certificate that is made, on the certificates that are
 * sent. ASKED: the code that it concerns asks for it. */
enum fault_stage {
    STAGE_BEFORE,
    STAGE_INSTEAD,
    STAGE_AFTER,
    STAGE_CHECK,
    STAGE_ISSUE,
    STAGE_CHAIN,
    STAGE_ASKED,
};

/* What it can be set on: calls over HTTP, handshakes, calls of EST. */
enum fault_place { PLACE_HTTP = 1, PLACE_TLS = 2, PLACE_EST = 4 };

/* A word that a value may have, and what it does; which of the members counts depends on the stage. */
struct fault_word {
    const char *name;
    const char *help;
    unsigned status; /* of the refusal by a check */
    union {
        int (*answer)(struct answer *answer);                      /* 0 or negative errno */
        const char *(*check)(const struct submission *submission); /* what is wrong, or NULL */
        int (*issue)(struct issue *issue);                         /* 0 or negative errno */
        int (*compose)(const struct sandbox *sandbox, struct chain *chain);
        int number;
        gnutls_datum_t data;
    };
};

struct fault {
    const struct fault_kind *kind;
    const char *endpoint;
    const char *value; /* NULL when the kind takes none */
    const char *retry_after;
    const char *code;
    int64_t times; /* 0: until it is cleared */
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

/* The faults of one request; owns the document that they point into. */
struct fault_set {
    json_object *document;
    struct fault faults[FAULT_LIMIT];
    size_t n;
};

/* The row of that name; NULL when there is none. */
const struct fault_kind *fault_kind_find(const char *name);

/* The row of that number, for listings; NULL behind the last. */
const struct fault_kind *fault_kind_at(size_t i);

/* The endpoints that faults can be set on, for listings; NULL behind the last. */
const char *fault_endpoint_at(size_t i);

/* What can be set on an endpoint; 0 when there is none of that name. */
unsigned fault_places(const char *endpoint);

/* Whether that is the name of something that faults can be set on ("tls:HOST" included). */
bool fault_endpoint_valid(const char *endpoint);

/* Checks a fault. 0, or -EINVAL with *ret_problem a constant sentence. */
int fault_check(const struct fault *fault, const char **ret_problem);

/* Switches a fault on, in place of one of the same kind on the same endpoint. 0 or negative errno. */
int fault_switch_on(const struct store *store, const struct fault *fault);

/* Switches the faults of an endpoint off, or all of them (NULL). Returns how many, or negative errno. */
int fault_switch_off(const struct store *store, const char *endpoint);

/* The array of those that are on; the caller puts it. */
int fault_list(const struct store *store, json_object **ret);

/* Takes the faults for one request to an endpoint, or for one handshake ("tls") with a host, and counts the
 * limited ones down. 0 or negative errno; release with fault_set_done(). */
int fault_take(const struct store *store, const char *endpoint, const char *host, struct fault_set *ret);

/* Lets the faults of a stage act; notes their names in it. Returns how many, or negative errno. */
int fault_apply(const struct fault_set *set, enum fault_stage stage, struct answer *answer);

/* Notes the names of those that act inside the handlers. */
void fault_note_quirks(const struct fault_set *set, struct answer *answer);

/* The apply function of kinds whose words say what to do with the answer. */
int fault_apply_words(const struct fault *fault, struct answer *answer);

/* The words of the faults of a stage (STAGE_ASKED: of that kind), in their order. Returns how many were
 * found, at most size. */
size_t fault_find_words(const struct fault_set *set, enum fault_stage stage, const char *kind,
    const struct fault_word **words, size_t size);

/* The fault of that kind, NULL when it is off. */
const struct fault *fault_find(const struct fault_set *set, const char *kind);

/* Releases the faults. */
void fault_set_done(struct fault_set *set);
