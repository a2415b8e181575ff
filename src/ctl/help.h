/* The help texts, made from the table of verbs. */
#pragma once

#include "ctl/session/session.h"

#include <stdio.h>

/* Prints the whole usage. */
void ctl_help(FILE *stream);

/* Prints the usage of one verb on standard output. */
void ctl_help_verb(const struct ctl_verb *verb);
