#include "daemon/state/names.h"

#include <stddef.h>

const char *const state_names[] = { AGENT_STATE_NAMES, NULL };

const char *const operation_names[] = { AGENT_OPERATION_NAMES, NULL };

const char *const step_names[] = { "key", "context", "activation", "trust", "rekey", "certificate", "confirm",
    "delete", "refresh", "renewal-key", "renewal-trust", "renewal-certificate", "renewal-proof", NULL };

const char *step_member(enum operation operation)
{
    return operation == OPERATION_RENEW ? "renewalStep" : "step";
}
