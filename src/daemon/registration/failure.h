/*
 * The type Failure of the IDL, in which failures are shown and saved in the state file. The caller owns the object.
 */
#pragma once

#include "daemon/registration/registration.h"

enum {
    FAILURE_REMEDY_MAX = 512, /* as the state file holds it, with the end */
};

/* Writes what can be done about a reason in the present state into out[FAILURE_REMEDY_MAX]: it names no command that
 * the daemon would refuse. Returns out. */
const char *failure_remedy(const struct registration *registration, enum reason reason, char *out);

/* Returns a failure with the present time and a remedy; NULL without memory. A permanent failure of a registration
 * gets the remedy of an unregistered appliance. */
json_object *failure_new(const struct registration *registration, enum operation operation, const char *step,
    enum reason reason, const char *message, bool permanent);

/* Marks a failure of the running registration or deregistration as permanent, and sets the remedy for the
 * state that follows. */
void failure_end(const struct registration *registration, json_object *failure);

/* Returns a copy of the newest failure whose remedy fits the present state: another state than that of the failure
 * may allow other commands. NULL if there is none, or without memory. */
json_object *failure_show(const struct registration *registration);

/* Gives a refusal the remedy that fits the present state. */
void failure_fit_refusal(const struct registration *registration, struct refusal *refusal);

/* Replaces the remedy if the token is for another region (NULL: that is unknown, and the remedy stays). The new remedy
 * names the server of that region, or says that no server of it is configured. */
void failure_set_region_remedy(json_object *failure, const struct core *core, const char *region);
