/*
 * The type Failure of the IDL, in which failures are shown and saved in the state file. The caller owns the object.
 */
#pragma once

#include "daemon/core/core.h"

/* Returns a failure with the present time and the remedy of its reason; NULL without memory. */
json_object *failure_new(
    enum operation operation, const char *step, enum reason reason, const char *message, bool permanent);

/* Replaces the remedy if the token is for another region (NULL: that is unknown, and the remedy stays). The new remedy
 * names the server of that region, or says that no server of it is configured. */
void failure_set_region_remedy(json_object *failure, const struct core *core, const char *region);
