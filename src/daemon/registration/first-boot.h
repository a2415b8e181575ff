/*
 * An appliance that ships with a token registers itself, once: at the first start that finds the feature enabled
 * and an appliance that was never registered. Whatever comes of it, only an administrator registers it again;
 * a reset of the identity makes a new appliance of it, as a copy of an image is one.
 */
#pragma once

#include "daemon/registration/registration.h"

/* Registers if that is configured (registration.auto_register) and due. What hinders it is the last failure
 * then, and tried again at the next start. */
void first_boot_register(struct registration *registration);
