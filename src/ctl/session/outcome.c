#include "ctl/session/outcome.h"

#include "common/memory.h"
#include "common/reason.h"

static enum outcome renewal_outcome(const struct tr_registration *registration, const char *old_serial)
{
    if (registration->state != TR_STATE_REGISTERED || !registration->certificate)
        return OUTCOME_STOPPED;
    return streq(registration->certificate->serial, old_serial) ? OUTCOME_PENDING : OUTCOME_DONE;
}

enum outcome outcome_get(enum tr_operation operation, const char *old_serial, const struct tr_status *status)
{
    const struct tr_registration *registration = status->registration;
    const struct tr_failure *failure = registration->last_failure;
    bool registering = operation == TR_OPERATION_REGISTER;

    if (operation == TR_OPERATION_RENEW)
        return renewal_outcome(registration, old_serial);
    if (registration->state == (registering ? TR_STATE_REGISTERING : TR_STATE_DEREGISTERING))
        return OUTCOME_PENDING;
    if (registration->state == (registering ? TR_STATE_REGISTERED : TR_STATE_UNREGISTERED))
        return OUTCOME_DONE;
    /* A cancelled operation leaves its last failure in the state; only a permanent failure has ended one. */
    if (failure && failure->operation == operation && failure->permanent &&
        reason_from_string(failure->reason) != REASON_CANCELLED)
        return OUTCOME_FAILED;
    return OUTCOME_STOPPED;
}

int outcome_exit_code(const char *reason)
{
    static const bool cloud_refused[REASON_MAX_] = {
        [REASON_TOKEN_REJECTED] = true,
        [REASON_WRONG_REGION] = true,
        [REASON_EST_REJECTED] = true,
        [REASON_REMOVED_IN_PORTAL] = true,
        [REASON_CERTIFICATE_UNUSABLE] = true,
        [REASON_CERTIFICATE_REFUSED] = true,
        [REASON_DEVICE_CONFLICT] = true,
        [REASON_ALREADY_REGISTERED] = true,
    };

    return cloud_refused[reason_from_string(reason)] ? TR_CLASS_REFUSED : TR_CLASS_FAILED;
}
