/*
 * Carries one operation out: a worker is started and asked one step after the other; what a reply brings is saved
 * before the next step, and a failure is answered, or ends the operation or this attempt at it. Called by the sequence,
 * which decides what runs when.
 */
#pragma once

#include "daemon/registration/registration.h"

/* Starts an operation, or takes it up at the step that is saved. None may be running. */
void operation_start(struct registration *registration, enum operation operation);

/* Ends what runs, without a trace but for what is saved. */
void operation_end(struct registration *registration);
