/*
 * The field tables of the worker's answers: the parameters of each method's reply and of the error Failed. A reply that
 * does not fit its table is a failure of the worker, and nothing of it is used.
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
extern const struct service_field reply_recognise[];
extern const struct service_field reply_failed[];
