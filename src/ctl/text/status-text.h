/* The state as people read it: one screen, and only what applies. */
#pragma once

#include "threatresponse.h"

#include <stdio.h>

/* Prints a state; now is the time that the times are compared with. */
void status_text_print(FILE *stream, const struct tr_status *status, int64_t now);
