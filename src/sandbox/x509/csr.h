/* The PKCS#10 certificate request that comes in to the EST server. */
#pragma once

#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <stddef.h>

/* A certificate request that was checked: well formed, signed by its own key, the key strong enough. Begins
 * zeroed; the owner frees it with csr_done(). */
struct csr {
    char common_name[65];
    gnutls_pubkey_t key;
    gnutls_x509_crq_t request;
    gnutls_datum_t subject; /* as encoded; points into der */
    gnutls_datum_t der;
};

/* Reads a request in base64. 0, -ENOMEM, or -EBADMSG with *ret_problem a constant sentence for the client. */
int csr_parse(const char *base64, size_t size, struct csr *ret, const char **ret_problem);

/* The challenge password, in a buffer of that size. -ENOENT when there is none, -EBADMSG when it is too long.
 */
int csr_read_challenge_password(const struct csr *csr, char *text, size_t size);

/* Releases what csr_parse() took. Accepts an empty one. */
void csr_done(struct csr *csr);
