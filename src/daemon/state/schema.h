/*
 * The form of the newest version of the state file: each member with its type and limits, and whether it is secret. The
 * types that the worker's replies share with it are here, too.
 */
#pragma once

#include "common/service.h"

enum {
    SCHEMA_REFRESH_INTERVAL_MAX = 30 * 86400, /* seconds; the worker takes no more, either */
};

/* The whole document. */
extern const struct service_field schema_state_file[];

/* Types within it. */
extern const struct service_field schema_enrollment[];
extern const struct service_field schema_certificate_info[];
extern const struct service_field schema_tenant[];
extern const char *const schema_key_types[];

/* True if the new object lacks, or has changed, a secret that the old one had: its bytes on disk are to be overwritten. */
bool schema_drops_secret(const struct service_field *fields, json_object *old, json_object *new);
