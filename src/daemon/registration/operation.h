/*
 * Carries out an operation: one step after the other is asked of a worker, and the result of each is on disk before the next
 * one starts. A failed step ends the attempt, which the sequence plans again, or a registration for good.
 */
#pragma once

#include "daemon/registration/registration.h"

/* Starts an operation, or takes it up at the step that is saved. None may be running. */
void operation_start(struct registration *registration, enum operation operation);
