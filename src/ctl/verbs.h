/* The verbs of trctl, in the order of the help. */
#pragma once

#include "ctl/session/verb.h"

/* Ends with a NULL name. */
extern const struct verb verb_table[];
