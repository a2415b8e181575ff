/* Faults that can be switched on per endpoint while the server runs. One table has a row per kind; a new
 * quirk of a real server is a new row. The switched-on ones are the array in faults.json:
 *   {"endpoint", "kind", "value"?, "retryAfter"?, "code"?, "times"?}. */
#pragma once

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "sandbox-answer.h"
#include "sandbox-store.h"

#define FAULT_LIMIT 16 /* that apply to one request */

enum fault_value { VALUE_NONE, VALUE_STATUS, VALUE_SECONDS, VALUE_OFFSET, VALUE_TEXT, VALUE_CERTIFICATE };

/* When a fault acts: before the request is looked at, in its place, or on the answer to it. */
enum fault_stage { STAGE_BEFORE, STAGE_INSTEAD, STAGE_AFTER };

/* What it can be set on. */
enum fault_place { PLACE_HTTP = 1, PLACE_TLS = 2 };

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
    int (*apply)(const struct fault *fault, struct answer *answer);
    const char *help;
};

/* The faults of one request; owns the document that they point into. */
struct fault_set {
    json_object *document;
    struct fault faults[FAULT_LIMIT];
    size_t n;
};

/* The row of that name; NULL when there is none. */
const struct fault_kind *sandbox_fault_kind_find(const char *name);

/* The row of that number, for listings; NULL behind the last. */
const struct fault_kind *sandbox_fault_kind_at(size_t i);

/* Whether that is the name of something that faults can be set on ("tls:HOST" included). */
bool sandbox_fault_endpoint_valid(const char *endpoint);

/* Checks a fault. 0, or -EINVAL with *ret_problem a constant sentence. */
int sandbox_fault_check(const struct fault *fault, const char **ret_problem);

/* Switches a fault on, in place of one of the same kind on the same endpoint. 0 or negative errno. */
int sandbox_fault_set(const struct store *store, const struct fault *fault);

/* Switches the faults of an endpoint off, or all of them (NULL). Returns how many, or negative errno. */
int sandbox_fault_clear(const struct store *store, const char *endpoint);

/* The array of those that are on; the caller puts it. */
int sandbox_fault_list(const struct store *store, json_object **ret);

/* Takes the faults for one request to an endpoint, or for one handshake ("tls") with a host, and counts the
 * limited ones down. 0 or negative errno; release with sandbox_fault_set_done(). */
int sandbox_fault_take(
    const struct store *store, const char *endpoint, const char *host, struct fault_set *ret);

/* Lets the faults of a stage act; notes their names in it. Returns how many, or negative errno. */
int sandbox_fault_apply(const struct fault_set *set, enum fault_stage stage, struct answer *answer);

/* Releases the faults. */
void sandbox_fault_set_done(struct fault_set *set);
