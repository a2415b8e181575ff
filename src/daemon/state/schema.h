/*
 * The form of the state file in its newest version: each member with its type and limits, and whether it is secret.
 * The tables of the worker's replies share some types with it.
 */
#pragma once

#include "common/service.h"

/* The whole document. */
extern const struct service_field schema_state_file[];

/* The types that the worker's replies share. */
extern const struct service_field schema_enrollment[];
extern const struct service_field schema_certificate_info[];
extern const struct service_field schema_tenant[];
extern const char *const schema_key_types[];

/* Returns true if an object has a secret member, so that its file must be overwritten before
 * it is removed. */
bool schema_holds_secret(const struct service_field *fields, json_object *object);
