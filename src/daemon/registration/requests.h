/*
 * What administrators ask of the registration, and the life of the object itself. A request is checked, made a change of the
 * state, and recorded with who asked; what follows runs in the background. A refused request changes nothing.
 */
#pragma once

#include "daemon/core/refusal.h"
#include "daemon/registration/registration.h"

#include <sys/types.h>

/* Who asks: recorded with the change that the request makes. */
struct requester {
    uid_t uid;
    const char *name;
};

/* Takes up what the state says is to be done. 0 or a negative errno. */
int registration_start(struct registration *registration, struct core *core);

/* Stops what runs and leaves the state as it is. Safe on a zeroed struct. */
void registration_stop(struct registration *registration);

/* Registers with a token. Returns true if the registration is under way, else false and the refusal. */
bool registration_register(struct registration *registration, const struct requester *requester,
    const char *token, struct refusal *ret);

/* Deregisters, in the cloud or here only. Returns true if it is done or under way, with a notice for the administrator
 * (NULL: none); else false and the refusal. */
bool registration_deregister(struct registration *registration, const struct requester *requester,
    bool local_only, const char **ret_notice, struct refusal *ret);

/* Plans a renewal of the certificate for now. */
bool registration_renew(struct registration *registration, struct refusal *ret);

/* Cancels the registration or deregistration that is under way; ret_operation is OPERATION_NONE, and nothing is done, if
 * there is none. */
bool registration_cancel(struct registration *registration, const struct requester *requester,
    enum operation *ret_operation, struct refusal *ret);

/* Forgets the identity, as the administrator of a clone asks for: the next registration makes a new one. Refused while an
 * identity of this machine is registered or busy. */
bool registration_reset_identity(
    struct registration *registration, const struct requester *requester, struct refusal *ret);

/* Returns true if the token has the alphabet and the length of a token. */
bool registration_token_is_well_formed(const char *token);
