/*
 * The certification authorities of the sandbox: one for the TLS servers (tls-ca.pem, which a client trusts for the
 * connection) and, apart from it, a root and an issuing CA for devices (est-root.pem, est-issuing.pem, which EST hands
 * out). They are made at the first start and kept in the directory.
 */
#pragma once

#include "sandbox/base/store.h"
#include "sandbox/x509/certificate.h"

#define DEVICE_ROOT_NAME "Sandbox Device Root CA"
#define DEVICE_ISSUING_NAME "Sandbox Device Issuing CA"
#define DEVICE_SECOND_ISSUING_NAME "Sandbox Device Second Issuing CA"

struct authorities {
    struct authority tls;
    struct authority root;
    struct authority issuing;
    struct authority second_issuing;        /* below issuing, for the fault of two levels */
    struct authority new_root, new_issuing; /* of the same names, for the fault that replaces the CA */
    gnutls_x509_trust_list_t devices;       /* the anchors of device certificates */
    gnutls_x509_trust_list_t foreign; /* anchors of device certificates from another EST server; NULL: none */
};

/* Loads the authorities, and makes those that are missing; the device CAs are valid for that many seconds. Logs an
 * error. 0 or negative errno; the caller frees with authorities_done(). */
int authorities_load(const struct store *store, int64_t validity, struct authorities *ret);

/* Trusts the CA certificates of a PEM file for foreign device certificates. 0; -EBADMSG if the file can't be
 * read or has no certificate; or -ENOMEM. */
int authorities_trust_foreign(struct authorities *authorities, const char *file);

/* Frees the authorities. Accepts a zeroed structure. */
void authorities_done(struct authorities *authorities);

/* Makes an authority that is not saved, a root without an issuer (NULL). It is valid for that many seconds. 0 or
 * negative errno; the caller frees with authority_done(). */
int authority_make(
    const char *common_name, const struct authority *issuer, int64_t validity, struct authority *ret);
