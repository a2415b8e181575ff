/* The menu of the command "cloudserviceconfig", and its dialogues. */
#pragma once

#include "ctl/console/command.h"

/* Ends with a NULL name. */
extern const struct choice cloud_choices[];
