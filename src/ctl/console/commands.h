/* The commands of the console, in the order of its help. */
#pragma once

#include "ctl/console/command.h"

/* Ends with a NULL name. */
extern const struct command command_table[];
