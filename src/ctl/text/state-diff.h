/* What is different between two states, one line for each thing, for people or as JSON. */
#pragma once

#include "threatresponse.h"

#include <stdio.h>

/* Prints what has changed from old (NULL: the beginning, when all that is there is new) to new. */
void state_diff_print(
    FILE *stream, bool json, const struct tr_status *old, const struct tr_status *new, int64_t now);
