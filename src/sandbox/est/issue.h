/*
 * Issues device certificates: by the issuing CA, or as the faults of the call want it.
 */
#pragma once

#include "sandbox/faults/call.h"
#include "sandbox/x509/chain.h"

struct issued {
    char serial[SERIAL_HEX_LENGTH + 1];
    int64_t expires;
};

/* Issues a certificate for the key with that common name, and adds it and its issuer to the chain. It ends later than
 * the current one (NULL: none), even if both are issued within a second. 0 or negative errno. */
int issue_certificate(const struct call *call, const char *common_name, gnutls_pubkey_t key,
    gnutls_x509_crt_t current, struct chain *chain, struct issued *ret);

/* Adds the certificates of the CA to the chain. 0 or negative errno. */
int issue_anchors(const struct call *call, struct chain *chain);
