/*
 * Why something failed: one stable name per cause, with a remedy and whether trying again can help. The same
 * names stand in the IDL files (type Reason), in the state file and in the output of trctl.
 */
#pragma once

#include "varlink/agent.h"

#include <stdbool.h>

/* REASON_TOKEN_MALFORMED and so on: the type Reason of the IDL. */
enum reason { REASON_NONE, AGENT_REASON_VALUES(REASON_), REASON_MAX_ };

/* The name, as in the IDL; NULL for REASON_NONE. */
const char *reason_to_string(enum reason reason);

/* The reason of that name; REASON_NONE if there is none (or name is NULL). */
enum reason reason_from_string(const char *name);

/* What the administrator can do, one sentence. */
const char *reason_remedy(enum reason reason);

/* True if trying again without a change by a person can't help. */
bool reason_is_permanent(enum reason reason);
