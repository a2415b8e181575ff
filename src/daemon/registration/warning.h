/*
 * Warnings that soon a person will be needed: the renewal of the certificate is overdue, or the identity is that of
 * another machine. Each is given once, even over restarts: the state has the warnings that were given.
 */
#pragma once

#include "daemon/registration/registration.h"

/* Gives the warnings that are due and saves that. Call it from the event loop only: it commits, so no copy of the state
 * may be pending. */
void warning_report_due(struct registration *registration);
