/*
 * Check: looks at the way to the cloud by a worker of its own, beside that of the registration. One check runs at a time; each
 * finding is passed on to the client as it comes, and the check ends when the client has gone.
 */
#pragma once

#include "daemon/api/api.h"

/* The handler of Check. */
int method_check(void *userdata, const struct varlink_call *call, json_object **ret_reply);
