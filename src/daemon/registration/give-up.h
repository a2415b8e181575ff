/*
 * Where an operation ends that can't go on: no step is tried for ever against a server that has said no. A registration
 * ends as unregistered, a deregistration as registered, a renewal with the old pair until the next one is due, and a
 * refused refresh makes a renewal due. What the cloud says of a step is a refusal here, or it isn't; how long refusals
 * are borne, timing.refusal_patience says.
 */
#pragma once

#include "daemon/registration/registration.h"

/* Returns true if a failure is a server's refusal, which another attempt alone will hardly change: of the certificate,
 * of the request (401, 403), or of what the worker could not use. http_status is negative if there was no answer. */
bool give_up_is_refusal(enum reason reason, int64_t http_status);

/* Ends the running operation as it ends when it can't go on, and saves the failure that is shown. A refresh goes on
 * all the same. Returns 0, or a negative errno: nothing has changed then. */
int give_up(struct registration *registration);

/* Drops the new pair of a renewal from the registration part of a document, and plans the next renewal after a part of
 * the certificate's remaining life, within a day. Returns 0 or -ENOMEM. */
int give_up_new_pair(const struct registration *registration, json_object *part);
