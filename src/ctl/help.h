/* The help of trctl, made from the table of verbs. */
#pragma once

#include "ctl/session/verb.h"

#include <stdio.h>

/* Prints the usage of all verbs of a table (ends with a NULL name), the common options and the exit codes. */
void help_print(FILE *stream, const struct verb *table);
