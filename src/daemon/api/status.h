/* What the daemon tells of itself, as the types of the IDL. */
#pragma once

#include "common/json.h"

struct manager;

/* The type Status. NULL without memory. */
json_object *status_json(const struct manager *manager);

/* The type Server of a label; fqdn is taken from the configuration if it is NULL. */
json_object *status_region_json(const struct manager *manager, const char *label, const char *fqdn);

/* The type CertificateInfo of a registration; NULL if it has no certificate. */
json_object *status_certificate_json(json_object *registration);

/* One line for systemd's STATUS=, in out[size], which is returned. */
const char *status_line(const struct manager *manager, char *out, size_t size);
