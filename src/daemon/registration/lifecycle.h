/*
 * Makes the registration object from the state and the planned attempts of an earlier process, and ends it
 * with the process.
 */
#pragma once

#include "daemon/registration/registration.h"

/* Fills the object and plans the operations of the state. Returns 0 or a negative errno; registration_stop()
 * ends it in both cases. */
int registration_start(struct registration *registration, struct core *core);

/* Ends the running operation and frees the object's parts. The state stays. Safe on a zeroed struct. */
void registration_stop(struct registration *registration);
