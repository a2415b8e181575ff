/*
 * Faults for tests: one as the command line would set it, or a set as it applies to a request.
 */
#pragma once

#include "sandbox/faults/check.h"
#include "sandbox/faults/kinds.h"
#include "unit/helpers/sandbox/fixture.h"

/* Adds a fault of that kind to the set. */
void add_fault(struct fault_set *set, const char *kind, const char *value);

/* Returns a set with that fault alone. */
struct fault_set set_of(const char *kind, const char *value);

/* Returns the result of fault_check(); a refusal has a reason. */
int check_fault(const char *endpoint, const char *kind, const char *value);
