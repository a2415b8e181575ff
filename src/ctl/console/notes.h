/* The text above the menu of "cloudserviceconfig": what an administrator should know before a choice. */
#pragma once

#include "threatresponse.h"

#include <stdio.h>

/* Prints the notes that apply to a state, and an empty line if there are any. */
void notes_print(FILE *stream, const struct tr_status *status);
