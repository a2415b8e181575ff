/*
 * The owner of an errand in a test: writes down what it is told, and does in its callbacks what the test wants. *state of a
 * test is the struct errand_test of a core and a worker.
 */
#pragma once

#include "daemon/worker/errand.h"
#include "unit/helpers/daemon/fake-worker.h"

struct errand_test {
    struct fixture f;
    struct fake_worker worker;
    struct errand *errand;         /* freed after the test */
    size_t parts, lasts, failures; /* the callbacks so far */
    char text[512];                /* parameters of the newest reply, or the sentence of the newest failure */
    enum reason reason;            /* of the newest failure */
    bool has_details;              /* the newest failure was told by the worker */
    /* Called at the end of each callback; NULL: nothing is to be done. */
    void (*then)(struct errand_test *t);
};

extern const struct errand_owner errand_test_owner;

/* The calls of the tests: of one reply, and of several. Each reply is { "privateKey": "..." }. */
extern const struct errand_call errand_test_call, errand_test_stream;

/* Before and after a test. */
int errand_test_set_up(void **state);
int errand_test_tear_down(void **state);

/* Makes the errand of the test. */
void errand_test_new(struct errand_test *t, enum errand_party party);

/* Starts a call with no parameters; it is to succeed. */
void errand_test_start(struct errand_test *t, const struct errand_call *call);

/* Runs until so many callbacks have come in all. */
void errand_test_wait(struct errand_test *t, size_t callbacks);

/* Checks the newest failure: one of the worker itself, or one that the worker has told. */
void errand_test_check_failure_of(const struct errand_test *t, enum reason reason, const char *message);
void errand_test_check_failure(const struct errand_test *t, const char *message);
void errand_test_check_told(const struct errand_test *t, enum reason reason, const char *message);
