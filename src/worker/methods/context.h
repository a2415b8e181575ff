/*
 * The methods about the appliance's context at the regional server. Each is a service_handler whose userdata is the
 * struct http of the process.
 */
#pragma once

#include "common/varlink.h"

int method_create_context(void *userdata, const struct varlink_call *call, json_object **ret_reply);
int method_activate(void *userdata, const struct varlink_call *call, json_object **ret_reply);
int method_get_context_status(void *userdata, const struct varlink_call *call, json_object **ret_reply);
int method_refresh(void *userdata, const struct varlink_call *call, json_object **ret_reply);
int method_delete_context(void *userdata, const struct varlink_call *call, json_object **ret_reply);
