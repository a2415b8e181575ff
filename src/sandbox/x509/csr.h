/*
 * Reads the PKCS#10 certificate requests that the EST server gets.
 */
#pragma once

#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <stddef.h>

/* A certificate request that is well formed, signed by its own key, and of a key that is strong enough. Begins zeroed;
 * owns everything in it until csr_done(). */
struct csr {
    char common_name[65];
    gnutls_pubkey_t key;
    gnutls_x509_crq_t request;
    gnutls_datum_t subject; /* as encoded; points into der */
    gnutls_datum_t der;
};

/* Parses a request in base64. 0, -ENOMEM, or -EBADMSG with *ret_problem a constant sentence for the client. */
int csr_parse(const char *base64, size_t size, struct csr *ret, const char **ret_problem);

/* Writes the challenge password; text has room for size. 0; -ENOENT if there is none; -EBADMSG if it is too long. */
int csr_read_challenge_password(const struct csr *csr, char *text, size_t size);

/* Frees what csr_parse() made. Accepts a zeroed one. */
void csr_done(struct csr *csr);
