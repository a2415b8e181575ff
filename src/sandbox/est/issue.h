/* Issues device certificates: by the issuing CA, or as the faults of the request want it. */
#pragma once

#include "sandbox/sandbox.h"
#include "sandbox/x509/chain.h"
#include "sandbox/x509/pkcs.h"

/* A certificate that is about to be made. */
struct issue {
    struct certificate_profile profile;
    const struct authority *ca;
    gnutls_pubkey_t other_key;     /* owned; profile.key when a fault wants another one */
    struct authority other_ca;     /* owned; ca when a fault wants another one */
    gnutls_x509_privkey_t own_key; /* owned, the private half of other_key */
};

/* Issues a certificate for the key with that common name and adds it, and its issuer, to the chain. It ends
 * later than the current one (NULL: none), even if both are issued within a second. The serial number has room for SERIAL_HEX_LENGTH + 1. 0 or negative errno. */
int issue_certificate(const struct sandbox *sandbox, const struct request *request, const char *common_name,
    gnutls_pubkey_t key, gnutls_x509_crt_t current, struct chain *chain, char *ret_serial,
    int64_t *ret_expires);

/* Adds the CA certificates. 0 or negative errno. */
int issue_anchors(const struct sandbox *sandbox, const struct request *request, struct chain *chain);
