/*
 * What documents from outside may hold, as field tables: the state file, and the replies of the worker. Both
 * come from our own programs, and both are checked before a byte of them is believed.
 */
#pragma once

#include "common/service.h"

extern const struct service_field fields_state_file[];

extern const struct service_field fields_generate_key_reply[];
extern const struct service_field fields_create_context_reply[];
extern const struct service_field fields_activate_reply[];
extern const struct service_field fields_trust_anchors_reply[];
extern const struct service_field fields_certificate_reply[];
extern const struct service_field fields_context_status_reply[];
extern const struct service_field fields_delete_context_reply[];
extern const struct service_field fields_check_reply[];
extern const struct service_field fields_worker_failed[];
