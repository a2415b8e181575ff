/*
 * The certificates of an answer, in the order in which they are sent. Each is a copy in DER, so that faults can
 * reorder, repeat and drop them.
 */
#pragma once

#include "sandbox/x509/certificate.h"
#include "sandbox/x509/der.h"

#include <gnutls/x509.h>
#include <stddef.h>

/* Begins zeroed; owns its certificates until chain_done(). */
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

/* Adds a copy of the i-th certificate behind the others. 0 or -ENOMEM. */
int chain_repeat(struct chain *chain, size_t i);

/* Moves a certificate to another place. */
void chain_move(struct chain *chain, size_t from, size_t to);

/* Drops the i-th certificate, if there is one. */
void chain_drop(struct chain *chain, size_t i);

/* Drops all certificates. */
void chain_done(struct chain *chain);

/* Writes the chain as certs-only PKCS#7. 0 or -ENOMEM; the caller frees with der_done(). */
int chain_pack(const struct chain *chain, struct der *ret);
