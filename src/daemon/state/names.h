/*
 * The names of the state: states of the registration, operations with the cloud, and the steps of operations, as the
 * IDL and the state file have them.
 */
#pragma once

#include "varlink/agent.h"

/* STATE_UNREGISTERED, OPERATION_REGISTER and so on: the types State and Operation of the IDL. */
enum state { AGENT_STATE_VALUES(STATE_) };
enum operation { AGENT_OPERATION_VALUES(OPERATION_), OPERATION_MAX_, OPERATION_NONE = OPERATION_MAX_ };

/* The names in the order of the enums, NULL-terminated: operation_names[OPERATION_NONE] is NULL. */
extern const char *const state_names[];
extern const char *const operation_names[];

/* The names of the steps of all operations, NULL-terminated. */
extern const char *const step_names[];

/* Returns the member of the registration that names the next step of an operation. */
const char *step_member(enum operation operation);
