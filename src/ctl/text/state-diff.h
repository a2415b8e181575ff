/* The difference of two states: a line for each thing that changed, as text or as JSON. */
#pragma once

#include "threatresponse.h"

#include <stdio.h>

/* Prints the changes from old (NULL: prints all that new has) to new; now is their time. */
void state_diff_print(
    FILE *stream, bool json, const struct tr_status *old, const struct tr_status *new, int64_t now);
