/*
 * Warnings of what will need a person soon: a certificate whose renewal is overdue, an identity of another machine. Each is
 * told once, over restarts, too: the state says what was told.
 */
#pragma once

#include "daemon/registration/registration.h"

/* Tells the warnings that are due and saves that they were told. To be called from the event loop only: it commits, so the
 * caller must not hold a copy of the state. */
void warning_tell_due(struct registration *registration);
