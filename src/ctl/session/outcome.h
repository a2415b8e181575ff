/* How a registration, deregistration or renewal that trctl has started stands, as the state tells it. */
#pragma once

#include "threatresponse.h"

enum outcome {
    OUTCOME_PENDING,
    OUTCOME_DONE,
    OUTCOME_FAILED,  /* for good; the state holds the failure */
    OUTCOME_STOPPED, /* cancelled, or something else happened */
};

/* Finds the outcome of an operation that began before the state was asked for. old_serial is that of the
 * certificate that a renewal replaces; of no use to the others. */
enum outcome outcome_get(enum tr_operation operation, const char *old_serial, const struct tr_status *status);

/* Returns the exit code for an operation that failed for good with a reason: 7 if the cloud refused it, else 1.
 */
int outcome_exit_code(const char *reason);
