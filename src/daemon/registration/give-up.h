/*
 * Ends an operation that can't go on, so that no step is tried for ever against a server that refuses it. A
 * registration ends as unregistered, a deregistration as registered, a renewal with the old pair until the
 * next one; a refused refresh makes a renewal due. Refusals may last for timing.refusal_patience.
 */
#pragma once

#include "daemon/registration/registration.h"

/* Returns true if a server refused the certificate or the request (401, 403), or its answer can't be used:
 * another attempt alone seldom helps. http_status is negative if there was no answer. */
bool give_up_is_refusal(enum reason reason, int64_t http_status);

/* Ends the running operation and saves the last failure; a refresh keeps running. Returns 0, or a negative
 * errno if nothing has changed. */
int give_up(struct registration *registration);

/* Drops the new pair of a renewal from the registration part of a document, and plans the next renewal after
 * expiry_renewal_pause(). Returns 0 or -ENOMEM. */
int give_up_new_pair(const struct registration *registration, json_object *part);
