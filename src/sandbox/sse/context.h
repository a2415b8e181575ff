/*
 * Contexts: the devices that a regional server knows. A context is a document in contexts/REGION/GUID.json:
 *   guid, region, status (created, activated, enrolled), clientInfo, created, lastRefresh,
 *   secret (of the enrolment credential), certificates [{serial, expires}].
 * The enrolment credential has a document of its own, enrollments/SECRET.json, because the EST server finds it by the
 * secret.
 */
#pragma once

#include "sandbox/base/store.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#define TENANT_NAME "Sandbox Inc." /* of the only tenant */

/* Makes a context of the device, not saved yet; the caller puts it. NULL if out of memory. client_info is borrowed. */
json_object *context_new(const char *region, const char *guid, json_object *client_info);

/* Reads a context; the caller puts it. 0; -ENOENT if there is none; or negative errno. */
int context_load(const struct store *store, const char *region, const char *guid, json_object **ret);

/* Reads all contexts of a region as an array; the caller puts it. 0 or negative errno. */
int context_list(const struct store *store, const char *region, json_object **ret);

/* Saves a context. 0 or negative errno. */
int context_save(const struct store *store, json_object *context);

/* Removes a context and its enrolment credential. 0; -ENOENT if there is none; or negative errno. */
int context_remove(const struct store *store, const char *region, const char *guid);

/* Returns a region other than this one in which the device is activated or enrolled; NULL if there is none. */
const char *context_find_elsewhere(const struct store *store, const char *region, const char *guid);

/* Stores the enrolment credential, in place of an earlier one, and makes the context activated unless it is enrolled;
 * the caller saves the context. 0 or negative errno. */
int context_activate(const struct store *store, json_object *context, json_object *enrollment);

/* Reads the enrolment credential with that secret; the caller puts it. 0; -ENOENT if there is none; or negative
 * errno. */
int enrollment_load(const struct store *store, const char *secret, json_object **ret);

/* Adds an issued certificate and removes the expired ones; the caller saves the context. 0 or -ENOMEM. */
int context_add_certificate(json_object *context, const char *serial, int64_t expires, int64_t now);

/* Returns whether the certificate was issued to this context, and not to an earlier one of the same device. */
bool context_has_certificate(json_object *context, const char *serial);
