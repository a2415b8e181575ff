/*
 * The words of the state: states of the registration, operations with the cloud, and the steps of an operation, by their
 * names in the IDL and in the state file.
 */
#pragma once

enum state {
    STATE_UNREGISTERED,
    STATE_REGISTERING,
    STATE_REGISTERED,
    STATE_DEREGISTERING,
};

enum operation {
    OPERATION_REGISTER,
    OPERATION_DEREGISTER,
    OPERATION_REFRESH,
    OPERATION_RENEW,
    OPERATION_MAX_,
    OPERATION_NONE = OPERATION_MAX_,
};

/* The names in the order of the enums, NULL-terminated: operation_names[OPERATION_NONE] is NULL. */
extern const char *const state_names[];
extern const char *const operation_names[];

/* The names of all steps of all operations, NULL-terminated. */
extern const char *const step_names[];

/* The member of the registration that names the next step of an operation. */
const char *step_member(enum operation operation);
