/*
 * A cloud in a directory of its own, and one call to it after the other, as the server would run them but without HTTP
 * and TLS.
 */
#pragma once

#include "sandbox/faults/call.h"
#include "unit/helpers/sandbox/answer.h"
#include "unit/helpers/sandbox/faults.h"

#define SECRET "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopq"

/* The state of a test. The request, the guid and the faults stay until a test changes them. */
struct world {
    struct cloud cloud;
    struct request request;
    struct fault_set faults;
    struct call call;
    struct answer answer;
};

/* The set-up of a test: a cloud with its authorities, and a request to the server of EUROPE. */
int world_open(void **state);

/* The tear-down of a test. */
int world_close(void **state);

/* Activates the device GUID in EUROPE: its credential is SECRET, has that user name or none (NULL), and ends after that
 * many seconds. */
void world_activate(struct world *w, const char *username, int64_t life);

/* Sets the body of the next requests, borrowed. */
void world_set_body(struct world *w, const char *body);

/* Runs the handler of an endpoint of a table; returns the status of the answer. */
unsigned world_run(struct world *w, const struct endpoint *table, const char *name);

/* Parses the body of the answer; the caller puts it. */
json_object *world_read_answer(const struct world *w);
