/*
 * The faults of a call act on its answer, stage by stage, and leave their names in it for the log.
 */
#pragma once

#include "sandbox/faults/fault.h"

/* Lets the faults of one of the first three stages act. Returns how many did, or negative errno. */
int fault_apply(const struct fault_set *set, enum fault_stage stage, struct answer *answer);

/* Notes the names of the faults that act inside the handlers. */
void fault_note_quirks(const struct fault_set *set, struct answer *answer);
