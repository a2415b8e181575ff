#include "daemon/state/names.h"

#include <stddef.h>

const char *const state_names[] = { "unregistered", "registering", "registered", "deregistering", NULL };

const char *const operation_names[] = { "register", "deregister", "refresh", "renew", NULL };

const char *const step_names[] = { "key", "context", "activation", "trust", "rekey", "certificate", "confirm",
    "delete", "refresh", "renewal-key", "renewal-trust", "renewal-certificate", "renewal-proof", NULL };

const char *step_member(enum operation operation)
{
    return operation == OPERATION_RENEW ? "renewalStep" : "step";
}
