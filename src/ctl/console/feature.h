/* The menu of the command "threatresponseconfig". */
#pragma once

#include "ctl/console/command.h"

/* Ends with a NULL name. */
extern const struct choice feature_choices[];
