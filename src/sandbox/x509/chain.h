/* The certificates of an answer, in the order in which they go out. Each is a copy in DER, so that faults can
 * reorder, double and drop them freely. */
#pragma once

#include "sandbox/x509/certificate.h"
#include "sandbox/x509/der.h"

#include <gnutls/x509.h>
#include <stddef.h>

/* Begins zeroed; the owner frees it with chain_done(). */
struct chain {
    gnutls_datum_t *certificates;
    size_t n;
};

/* Adds a certificate behind the others. 0 or negative errno. */
int chain_add(struct chain *chain, gnutls_x509_crt_t certificate);

/* Makes a certificate for the public half of the key, signed by the issuer, and adds it behind the others. The key of
 * the profile doesn't count. 0 or negative errno. */
int chain_add_made(struct chain *chain, const struct certificate_profile *profile, gnutls_x509_privkey_t key,
    const struct authority *issuer);

/* Adds a copy of that one behind the others. 0 or -ENOMEM. */
int chain_repeat(struct chain *chain, size_t i);

/* Puts a certificate in another place. */
void chain_move(struct chain *chain, size_t from, size_t to);

/* Drops one; nothing happens when there is none of that number. */
void chain_drop(struct chain *chain, size_t i);

/* Drops all. */
void chain_done(struct chain *chain);

/* Writes the chain as certs-only PKCS#7. 0 or -ENOMEM; the caller frees with der_done(). */
int chain_pack(const struct chain *chain, struct der *ret);
