/*
 * Reasons of failures: one stable name per cause, with a remedy and whether another try can help. The names are those of the
 * IDL (type Reason), of the state file and of trctl's output.
 */
#pragma once

#include "varlink/agent.h"

#include <stdbool.h>

/* REASON_TOKEN_MALFORMED and so on: the type Reason of the IDL. */
enum reason { REASON_NONE, AGENT_REASON_VALUES(REASON_), REASON_MAX_ };

/* Returns the name, as in the IDL; NULL for REASON_NONE. */
const char *reason_to_string(enum reason reason);

/* Returns the reason of that name; REASON_NONE if it is unknown or NULL. */
enum reason reason_from_string(const char *name);

/* Returns what the administrator can do: one sentence. */
const char *reason_remedy(enum reason reason);

/* As reason_remedy, for REASON_SERVER_UNKNOWN: another server can be chosen only once the running registration, or the
 * registration that the appliance has, is gone. */
const char *reason_unknown_server_remedy(bool registering, bool registered);

/* True if only a person can change something: another try can't help. */
bool reason_is_permanent(enum reason reason);
