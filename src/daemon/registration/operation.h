/*
 * Carries out an operation: a worker does one step after the other, and the result of each is on disk before the next
 * one starts. A failed step ends the attempt, and the sequence plans the next one; or it ends a registration for good.
 */
#pragma once

#include "daemon/registration/registration.h"

/* Starts an operation at the step that is saved. No operation may be running. */
void operation_start(struct registration *registration, enum operation operation);
