/* Waits for the end of a registration, deregistration or renewal, shows its progress and reports its end. */
#pragma once

#include "ctl/session/session.h"

/* Waits for the end of an operation for a number of seconds; old_serial is that of the certificate before a
 * renewal, else NULL. Returns the exit code after a report. */
int wait_for_end(struct session *session, enum tr_operation operation, const char *old_serial, int seconds);
