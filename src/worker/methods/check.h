/* The method Check: sends each finding as it comes. */
#pragma once

#include "common/varlink.h"

/* A service_handler whose userdata is the struct http of the process. */
int method_check(void *userdata, const struct varlink_call *call, json_object **ret_reply);
