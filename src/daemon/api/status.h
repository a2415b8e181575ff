/*
 * The state of the daemon as types of the IDL, and as one line. The caller owns an object that is returned; without
 * memory it is NULL.
 */
#pragma once

#include "daemon/api/api.h"

/* Returns the type Status. */
json_object *status_json(const struct api *api);

/* Returns the type Server of a label; fqdn may be NULL for the configured host. */
json_object *status_region_json(const struct config *config, const char *label, const char *fqdn);

/* Returns the type CertificateInfo of the certificate in use; NULL without a certificate. */
json_object *status_certificate_json(const struct saved *saved);

/* Writes the state as a line for systemd's STATUS= into out[size]. Returns out. */
const char *status_line(const struct registration *registration, char *out, size_t size);
