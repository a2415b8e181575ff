/* The method that reads the configuration again. */
#pragma once

#include "common/service.h"

/* Reload: see the IDL. A handler of the interface (common/service.h). */
int method_reload(void *userdata, const struct varlink_call *call, json_object **ret_reply);
