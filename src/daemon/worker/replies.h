/*
 * What the worker may answer, as field tables: the parameters of each method's reply and of its error Failed. A reply that
 * does not fit is the worker's failure; nothing of it is used.
 */
#pragma once

#include "common/service.h"

extern const struct service_field reply_generate_key[];
extern const struct service_field reply_create_context[];
extern const struct service_field reply_activate[];
extern const struct service_field reply_trust_anchors[];
extern const struct service_field reply_certificate[];
extern const struct service_field reply_context_status[];
extern const struct service_field reply_delete_context[];
extern const struct service_field reply_check[];
extern const struct service_field reply_failed[];
