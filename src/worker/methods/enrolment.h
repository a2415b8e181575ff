/*
 * The methods of the EST server. Each is a service_handler whose userdata is the struct http of the process.
 */
#pragma once

#include "common/varlink.h"

int method_fetch_trust_anchors(void *userdata, const struct varlink_call *call, json_object **ret_reply);
int method_get_csr_attributes(void *userdata, const struct varlink_call *call, json_object **ret_reply);
int method_enroll(void *userdata, const struct varlink_call *call, json_object **ret_reply);
int method_reenroll(void *userdata, const struct varlink_call *call, json_object **ret_reply);
