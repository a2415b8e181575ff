/*
 * Waiting for the end of a registration, deregistration or renewal: shows each step as it happens, each
 * failed attempt and when the next one is due, and turns the end into an exit code.
 */
#pragma once

#include "ctl/session/session.h"

#include <stdio.h>

enum {
    WAIT_SECONDS_DEFAULT = 300, /* seconds */
};

enum outcome {
    OUTCOME_PENDING,
    OUTCOME_DONE,
    OUTCOME_FAILED,  /* for good; the status holds the failure */
    OUTCOME_STOPPED, /* cancelled, or something else happened */
};

/* What has been shown of an operation. */
struct progress {
    FILE *stream;
    enum tr_operation operation;
    const char *old_serial; /* of the certificate that a renewal replaces */
    bool in_place;          /* one line that changes, for a terminal */
    size_t done;            /* steps */
    int64_t attempt;
    bool line_open;
};

/* Shows what is new in a state. */
void progress_show(struct progress *progress, const struct tr_status *status, int64_t now);

/* Ends the line that changes. */
void progress_end_line(struct progress *progress);

/* How an operation that was started before the state was asked for stands. old_serial: see above. */
enum outcome outcome_get(enum tr_operation operation, const char *old_serial, const struct tr_status *status);

/* The exit code for an operation that failed for good with a reason: 7 if it is the cloud's refusal, else 1.
 */
int outcome_exit_code(const char *reason);

/* Waits for the end of the operation and reports it; old_serial is that of the certificate before a renewal,
 * else NULL. Returns the exit code. */
int wait_for_end(struct session *session, enum tr_operation operation, const char *old_serial, int seconds);
