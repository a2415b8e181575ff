/*
 * A failure as it is shown: the type Failure of the IDL, which the state file has, too. The object is the caller's.
 */
#pragma once

#include "daemon/core/core.h"

/* Makes a failure that happens now, with the remedy of its reason; NULL without memory. */
json_object *failure_new(
    enum operation operation, const char *step, enum reason reason, const char *message, bool permanent);

/* Replaces the remedy where the token is for another region: names the server of that region, or says that the list has
 * none. Without a region (NULL) the remedy stays. */
void failure_set_region_remedy(json_object *failure, const struct core *core, const char *region);
