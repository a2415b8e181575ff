/*
 * Makes the X.509 certificates of the sandbox: of the certification authorities, the servers (good and faulty ones) and
 * the devices. All are EC P-256 with SHA-256, which is fast enough to make the server certificates anew at each start.
 */
#pragma once

#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <stdbool.h>
#include <time.h>

#define SERIAL_SIZE 16
#define SERIAL_HEX_LENGTH (2 * 20) /* of any CA (RFC 5280, 4.1.2.2) */

/* The last second of the year 9999: X.509 has no later dates. */
#define CERTIFICATE_NO_END 253402300799LL

enum certificate_kind {
    CERTIFICATE_ROOT,
    CERTIFICATE_ISSUING,
    CERTIFICATE_SERVER,
    CERTIFICATE_DEVICE,
};

/* A certificate with its private key. Owns both. */
struct authority {
    gnutls_x509_crt_t certificate;
    gnutls_x509_privkey_t key;
};

struct certificate_profile {
    enum certificate_kind kind;
    const char *common_name;
    gnutls_pubkey_t key;
    time_t not_before;
    time_t not_after;

    /* for faults; zero otherwise */
    const char *purpose;              /* of a leaf, in place of the usual one */
    bool no_usage;                    /* no key usage and no purpose */
    bool renamed;                     /* an organisation in the subject, and alternative names */
    gnutls_digest_algorithm_t digest; /* in place of SHA-256 */
    gnutls_x509_crt_t key_id_of;      /* the certificate whose key identifier the issuer claims */
};

/* Makes a P-256 key; the caller frees it with gnutls_x509_privkey_deinit(). 0, -ENOMEM or -EIO. */
int certificate_make_key(gnutls_x509_privkey_t *ret);

/* Makes the public half of a private key; the caller frees it with gnutls_pubkey_deinit(). 0, -ENOMEM or -EIO. */
int certificate_make_public_key(gnutls_x509_privkey_t key, gnutls_pubkey_t *ret);

/* Makes and signs a certificate; that of a server gets its common name also as DNS name. An issuer with a NULL
 * certificate makes a self-signed one. The caller frees it with gnutls_x509_crt_deinit(). 0, -ENOMEM or -EIO. */
int certificate_make(
    const struct certificate_profile *profile, const struct authority *issuer, gnutls_x509_crt_t *ret);

/* Writes the serial number in lower-case hexadecimal; text has room for SERIAL_HEX_LENGTH + 1. 0 or -EBADMSG. */
int certificate_read_serial(gnutls_x509_crt_t certificate, char *text);

/* Writes the common name of the subject; text has room for size. 0 or -EBADMSG. */
int certificate_read_common_name(gnutls_x509_crt_t certificate, char *text, size_t size);

/* Frees the certificate and the key of an authority. Accepts a zeroed one. */
void authority_done(struct authority *authority);
