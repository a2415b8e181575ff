/*
 * Fields of certificates for replies and messages. Texts from certificates are foreign: they are made printable.
 */
#pragma once

#include "common/json.h"
#include "worker/x509/crypto.h"

#include <time.h>

enum {
    FINGERPRINT_SIZE = 65, /* SHA-256 in hexadecimal and the NUL */
};

/* Return the time in seconds since 1970; 0 if the certificate has none that can be read, or one before 1970. */
time_t certificate_not_before(const X509 *certificate);
time_t certificate_not_after(const X509 *certificate);

/* Writes the SHA-256 of the DER in lower-case hexadecimal; an empty text on failure. */
void certificate_fingerprint(const X509 *certificate, char out[static FINGERPRINT_SIZE]);

/* Writes a subject or issuer in the form of RFC 2253, cut at size. */
void certificate_name(const X509_NAME *name, char *out, size_t size);

/* Writes "subject ..., issuer ..., names ..., SHA-256 ..." for a message, cut at size. */
void certificate_summary(const X509 *certificate, char *out, size_t size);

/* Writes a time as "2026-01-31 12:00:00 UTC". */
void format_time(time_t t, char *out, size_t size);

/* Makes the object CertificateInfo of the interface; for an empty subject it has the first alternative name. Returns 0 or -ENOMEM. */
int certificate_info(X509 *certificate, json_object **ret);

/* Makes the object ServerCertificate of the interface. Returns 0 or -ENOMEM. */
int certificate_server_info(const X509 *certificate, json_object **ret);

/* Writes the certificates from index first on as PEM blocks, which the caller frees; an empty text if there are none.
 * Returns 0 or -ENOMEM. */
int certificates_to_pem(const STACK_OF(X509) * stack, int first, char **ret);
