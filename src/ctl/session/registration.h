/* The start of a registration, for the verb and for the console. */
#pragma once

#include "ctl/session/session.h"

/* Checks that the appliance can be registered, before a person is asked for a token. The daemon decides all the
 * same. Returns 0, or the exit code after a report. */
int registration_check(struct session *session);

/* Registers with a token. Prints that the registration is in progress or, with --json, nothing: ret_reply (may
 * be NULL) gets the reply. Returns 0, or the exit code after a report. */
int registration_start(struct session *session, const char *token, json_object **ret_reply);
