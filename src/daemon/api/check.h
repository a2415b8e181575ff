/*
 * The method Check: a worker of its own, beside that of the registration, checks the way to the cloud. One check
 * runs at a time. Each finding is sent to the client as it comes, and the check ends when the client has gone.
 */
#pragma once

#include "daemon/api/api.h"

/* Handles Check. Returns 1 while the check runs, 0 and a reply if it is refused, or a negative errno. */
int method_check(void *userdata, const struct varlink_call *call, json_object **ret_reply);
