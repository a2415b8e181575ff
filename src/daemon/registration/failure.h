/*
 * What is told of the newest failure of an operation: type Failure of the interface, which the state file has, too.
 * It is the caller's.
 */
#pragma once

#include "common/json.h"
#include "common/reason.h"
#include "daemon/registration/registration.h"

/* A failure that happens now, with the remedy of its reason; NULL without memory. */
json_object *last_failure_new(
    enum operation operation, const char *step, enum reason reason, const char *message, bool permanent);

/* A token of another region: the remedy names the server of that region, or says that there is none. Without a region
 * (NULL) it stays as it is. */
void last_failure_name_region(json_object *failure, const struct manager *manager, const char *region);
