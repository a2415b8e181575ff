/* How a registration fares, in one word of the IDL. */
#pragma once

#include "daemon/registration/registration.h"

/* The names that there are, NULL-terminated. */
extern const char *const health_names[];

/* Returns the name of the health; NULL if the appliance is neither registered nor holds the identity of another machine. */
const char *health_name(const struct registration *registration);
