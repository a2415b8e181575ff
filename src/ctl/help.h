/* The help texts, made from the table of verbs. */
#pragma once

#include "ctl/session/session.h"

#include <stdio.h>

/* Prints the whole usage. */
void help_print(FILE *stream);

/* Prints the usage of one verb on standard output. */
void verb_print_usage(const struct verb *verb);
