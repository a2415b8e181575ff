/*
 * Whose the identity (guid, key, certificate) in the state is: a registration binds it to its machine, so that a copy of
 * the state on another machine is recognised, and does nothing with it. And how an identity is forgotten.
 */
#pragma once

#include "daemon/registration/registration.h"

/* True if the state belongs to another machine. */
bool identity_is_foreign(const struct manager *manager);

/* Drops the identity, and the binding, from a copy of the state. */
void identity_forget(json_object *document);

/* What the administrator of a clone asks for: forgets the identity, whatever was done with it on the other machine. The
 * next registration makes a new one, bound to this machine. False and the refusal while an identity of this machine is
 * registered or busy. */
bool identity_reset(struct registration *registration, struct refusal *ret);
