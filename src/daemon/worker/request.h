/*
 * What the calls of the worker have in common: how the network is reached, the URLs of the regional server,
 * who asks and with which certificate. Used by the steps. Without memory a member is left out, and the worker
 * refuses the call.
 */
#pragma once

#include "common/json.h"

struct config;
struct manager;

/* The parameters of a call, with the network in it; NULL without memory. */
json_object *request_new(const struct manager *manager);

/* Adds the URL of a path of the registration's server; {guid} in it stands for the guid. */
void request_add_sse_url(json_object *request, const char *path, json_object *registration);

/* The URL of a path on a host, in out[size], which is returned. */
const char *request_sse_url(const char *fqdn, const char *path, const char *guid, char *out, size_t size);

/* Adds what the cloud is told of the appliance. */
void request_add_client(json_object *request, const struct manager *manager, json_object *registration);

/* Adds the certificate and its key: the ones in use, or the new ones of a renewal. */
void request_add_credentials(json_object *request, json_object *registration, bool new);

/* Adds the EST server at a base URL, dealt with as configured; whether its CSR attributes are asked for is said
 * apart. */
void request_add_est(json_object *request, const struct config *config, const char *url, bool csr_attributes);

/* The text, or NULL if it is empty. */
const char *request_nonempty(const char *text);
