/*
 * The health of a registration: the type Health of the IDL.
 */
#pragma once

#include "daemon/registration/registration.h"

/* The names of all kinds of health, NULL-terminated. */
extern const char *const health_names[];

/* Returns the name of the health; NULL if the appliance is not registered and nothing else is wrong. */
const char *health_name(const struct registration *registration);
