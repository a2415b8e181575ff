/*
 * The interface org.threatresponse.worker: its table of methods, and what each of them does with a call.
 */
#pragma once

#include "common/service.h"
#include "worker/http/http.h"

extern const struct service_interface worker_interface;

/* The handlers; the userdata is the struct http of the process. */
int call_generate_key(void *userdata, const struct varlink_call *call, json_object **ret_reply);
int call_create_context(void *userdata, const struct varlink_call *call, json_object **ret_reply);
int call_activate(void *userdata, const struct varlink_call *call, json_object **ret_reply);
int call_fetch_trust_anchors(void *userdata, const struct varlink_call *call, json_object **ret_reply);
int call_get_csr_attributes(void *userdata, const struct varlink_call *call, json_object **ret_reply);
int call_enroll(void *userdata, const struct varlink_call *call, json_object **ret_reply);
int call_reenroll(void *userdata, const struct varlink_call *call, json_object **ret_reply);
int call_get_context_status(void *userdata, const struct varlink_call *call, json_object **ret_reply);
int call_refresh(void *userdata, const struct varlink_call *call, json_object **ret_reply);
int call_delete_context(void *userdata, const struct varlink_call *call, json_object **ret_reply);
int call_check(void *userdata, const struct varlink_call *call, json_object **ret_reply);
