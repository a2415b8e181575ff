/* The two containers of EST: the PKCS#10 request that comes in and the certs-only PKCS#7 that goes out, both
 * in base64. */
#pragma once

#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <stddef.h>

/* A certificate request that was checked: well formed, signed by its own key, the key strong enough. */
struct csr {
    char common_name[65];
    gnutls_pubkey_t key; /* the caller frees it with gnutls_pubkey_deinit() */
};

/* Reads a request. 0, -ENOMEM, or -EBADMSG with *ret_problem a constant sentence for the client. */
int sandbox_csr_parse(const char *base64, size_t size, struct csr *ret, const char **ret_problem);

/* Packs certificates; the caller frees the text, which is wrapped at 64 columns. 0 or negative errno. */
int sandbox_pkcs7_pack(const gnutls_x509_crt_t *certificates, size_t n, char **ret, size_t *ret_size);
