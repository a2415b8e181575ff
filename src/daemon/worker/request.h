/*
 * The parts that calls of the worker have in common: the network, the URLs of the regional server and of the EST
 * server, the appliance and its certificate. Texts are copied into the request. Without memory a member is left out,
 * and the worker refuses the call.
 */
#pragma once

#include "daemon/core/core.h"

enum {
    REQUEST_URL_MAX = 2400, /* bytes, with the end */
};

/* Returns the parameters of a call with the network in them; NULL without memory. */
json_object *request_new(const struct core *core);

/* Writes the URL of a path on a regional server into out[size], with the guid in place of {guid}. Returns out. */
const char *request_sse_url(const char *fqdn, const char *path, const char *guid, char *out, size_t size);

/* Adds the configured credential of renewals, if there is one. */
void request_add_renewal_credential(json_object *request, const struct config *config);

/* Adds the URL of a path on the region of the registration. */
void request_add_sse_url(json_object *request, const char *path, const struct saved *saved);

/* Adds the description of the appliance that the cloud receives. */
void request_add_client(json_object *request, const struct core *core, const struct saved *saved);

/* Adds a certificate with its key. */
void request_add_credentials(json_object *request, const struct saved_pair *pair);

/* Adds the EST server that enrols the appliance: as the activation named it, else as configured, with the options of the
 * configuration. saved NULL: as configured. csr_attributes: whether the worker asks for the CSR attributes. */
void request_add_est(
    json_object *request, const struct config *config, const struct saved *saved, bool csr_attributes);

/* Returns the text, or NULL if it is empty. */
const char *request_nonempty(const char *text);

/* Returns a set of certificates; NULL if it exceeds the worker's limit, since an older version has kept more.
 * Renewals replace it. */
const char *request_fitting(const char *certificates);
