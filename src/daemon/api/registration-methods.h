/*
 * The methods that change the registration: Register, Deregister, Cancel, Renew, ResetIdentity. userdata is the
 * connection. Each returns 0 and a reply or an error of the interface, or a negative errno that ends the connection.
 */
#pragma once

#include "daemon/api/api.h"

int method_register(void *userdata, const struct varlink_call *call, json_object **ret_reply);
int method_deregister(void *userdata, const struct varlink_call *call, json_object **ret_reply);
int method_cancel(void *userdata, const struct varlink_call *call, json_object **ret_reply);
int method_retry(void *userdata, const struct varlink_call *call, json_object **ret_reply);
int method_renew(void *userdata, const struct varlink_call *call, json_object **ret_reply);
int method_reset_identity(void *userdata, const struct varlink_call *call, json_object **ret_reply);
