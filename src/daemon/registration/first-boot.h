/*
 * The registration of an appliance that ships with a token. It registers itself once: at the first start that finds the
 * feature enabled and the appliance never registered. Whatever the result, only an administrator registers it again,
 * unless a reset of the identity makes it as new as a copy of an image.
 */
#pragma once

#include "daemon/registration/registration.h"

/* Registers if that is configured (registration.auto_register) and due. A refusal becomes the last failure, and the
 * next start tries again. */
void first_boot_register(struct registration *registration);
