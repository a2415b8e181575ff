/*
 * The verb fault: switches faults on and off. Each function prints its result on standard output, logs an error and
 * returns the exit status; the caller has checked the names.
 */
#pragma once

#include "sandbox/faults/fault.h"

#include <stdbool.h>

/* Switches one fault on. */
int fault_control_set(const struct store *store, const struct fault *fault);

/* Switches the faults of a preset on. */
int fault_control_set_preset(const struct store *store, const char *name);

/* Lists the faults that are on. */
int fault_control_list(const struct store *store, bool json);

/* Switches the faults of an endpoint off, or all faults (NULL). */
int fault_control_clear(const struct store *store, const char *endpoint);
