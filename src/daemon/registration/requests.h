/*
 * The requests of administrators to the registration. A request checks the conditions and saves the changed
 * state with its requester; the operation runs in the background. A refused request changes nothing.
 */
#pragma once

#include "daemon/core/refusal.h"
#include "daemon/registration/registration.h"

#include <sys/types.h>

/* Who asks, as saved with the change of the state. */
struct requester {
    uid_t uid;
    const char *name;
};

/* Starts a registration with a token. Returns true, or false and the refusal. */
bool registration_register(struct registration *registration, const struct requester *requester,
    const char *token, struct refusal *ret);

/* Starts a deregistration, or does it at once without the cloud if local_only is true. Returns true and a notice for
 * the administrator (NULL: none), or false and the refusal. */
bool registration_deregister(struct registration *registration, const struct requester *requester,
    bool local_only, const char **ret_notice, struct refusal *ret);

/* Plans a renewal of the certificate for now. Returns true, or false and the refusal. */
bool registration_renew(struct registration *registration, struct refusal *ret);

/* Cancels a registration, a deregistration or a renewal that runs or waits. Returns true and the operation
 * (OPERATION_NONE: there was none to cancel), or false and the refusal. */
bool registration_cancel(struct registration *registration, const struct requester *requester,
    enum operation *ret_operation, struct refusal *ret);

/* Makes the attempts that wait after a failure due now, even if the server asked to wait. Returns true and the first of
 * their operations (OPERATION_NONE: nothing waits), or false and the refusal. */
bool registration_retry(
    struct registration *registration, enum operation *ret_operation, struct refusal *ret);

/* Forgets the identity, so that the next registration makes a new one: for the administrator of a clone. Returns true,
 * or false and the refusal: an identity of this machine must be neither registered nor busy. */
bool registration_reset_identity(
    struct registration *registration, const struct requester *requester, struct refusal *ret);
