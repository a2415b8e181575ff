/* The sandbox's certification authorities: one for the TLS servers (tls-ca.pem, which a client trusts for the
 * connection) and, apart from it, a root and an issuing CA for devices (est-root.pem, est-issuing.pem, which
 * EST hands out). They are made at the first start and kept in the directory from then on. */
#pragma once

#include "sandbox/base/store.h"
#include "sandbox/x509/certificate.h"

#define DEVICE_ROOT_NAME "Sandbox Device Root CA"
#define DEVICE_ISSUING_NAME "Sandbox Device Issuing CA"

struct authorities {
    struct authority tls;
    struct authority root;
    struct authority issuing;
    struct authority new_root, new_issuing; /* of the same names, for when the CA is replaced */
    gnutls_x509_trust_list_t devices;       /* what a device certificate is verified against */
};

/* Loads the authorities, or makes those that are missing; the device CAs are valid for that many seconds.
 * Logs what is wrong. 0 or negative errno; then everything is released again. */
int authorities_load(const struct store *store, int64_t validity, struct authorities *ret);

/* Releases them. Accepts an empty structure. */
void authorities_done(struct authorities *authorities);

/* Makes an authority that exists only in memory: the foreign one of the certificate faults. 0 or negative
 * errno. */
int authority_make(
    const char *common_name, const struct authority *issuer, int64_t validity, struct authority *ret);
