/* The state of the daemon as the types of the IDL have it, and in one line. */
#pragma once

#include "daemon/api/api.h"

/* Makes the type Status. NULL without memory. */
json_object *status_json(const struct api *api);

/* Makes the type Server of a label; fqdn NULL: as configured. NULL without memory. */
json_object *status_region_json(const struct config *config, const char *label, const char *fqdn);

/* Makes the type CertificateInfo of the certificate in use; NULL without one. */
json_object *status_certificate_json(const struct saved *saved);

/* Writes the state into out[size] for systemd's STATUS=. Returns out. */
const char *status_line(const struct registration *registration, char *out, size_t size);
