/*
 * What certificates say, for replies and messages. Texts from certificates are foreign: they come out of here
 * printable.
 */
#pragma once

#include "common/json.h"
#include "worker/x509/crypto.h"

#include <time.h>

enum {
    FINGERPRINT_SIZE = 65, /* SHA-256 in hexadecimal and the NUL */
};

/* The time in seconds since 1970; 0 if the certificate has nonsense there. */
time_t certificate_not_before(const X509 *certificate);
time_t certificate_not_after(const X509 *certificate);

/* The SHA-256 over the DER, lower-case hexadecimal; empty on failure. */
void certificate_fingerprint(const X509 *certificate, char out[static FINGERPRINT_SIZE]);

/* Subject or issuer as RFC 2253 writes it, cut to size. */
void certificate_name(const X509_NAME *name, char *out, size_t size);

/* "subject ..., issuer ..., names ..., SHA-256 ..." for messages, cut to size. */
void certificate_summary(const X509 *certificate, char *out, size_t size);

/* "2026-01-31 12:00:00 UTC" */
void format_time(time_t t, char *out, size_t size);

/* The object CertificateInfo of the interface. 0 or -ENOMEM. */
int certificate_info(X509 *certificate, json_object **ret);

/* The object ServerCertificate of the interface. 0 or -ENOMEM. */
int certificate_server_info(const X509 *certificate, json_object **ret);

/* PEM blocks of the certificates from index first on; an empty text if there are none. The caller frees. */
int certificates_to_pem(const STACK_OF(X509) * stack, int first, char **ret);
