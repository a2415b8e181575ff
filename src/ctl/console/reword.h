/* Errors in the words of the console: what to do next, in its commands instead of the verbs of trctl. */
#pragma once

#include "threatresponse.h"

/* Replaces the message or the hint of an error for which the console has one of its own. */
void reword_error(struct tr_error *error);
