/* The state as people read it: a screen of labels and values, without those that don't apply. */
#pragma once

#include "threatresponse.h"

#include <stdio.h>

/* Prints a state; now is the time that others are compared with ("in 3 min"). */
void status_text_print(FILE *stream, const struct tr_status *status, int64_t now);
