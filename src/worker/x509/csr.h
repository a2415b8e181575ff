/*
 * Certificate requests (PKCS#10): made once, and signed as often as their challenge password changes. The digest is
 * SHA-256, or SHA-384 for a P-384 key, unless the server wants another.
 */
#pragma once

#include "worker/x509/csr-attributes.h"
#include "worker/x509/key.h"

/* A request for the subject CN=common_name with what the attributes ask for. 0, -EINVAL if the name can't be one,
 * -EIO. */
int csr_for_name(const struct private_key *key, const char *common_name,
    const struct csr_attributes *attributes, X509_REQ **ret);

/* A request to renew a certificate: its subject and its subject alternative name (if it has one), byte for
 * byte, since servers compare them, and a new key. 0 or -EIO. */
int csr_for_renewal(
    const struct private_key *key, X509 *current, const struct csr_attributes *attributes, X509_REQ **ret);

/* Sets or replaces the challenge password, a text of PrintableString. 0 or -EIO. */
int csr_set_challenge(X509_REQ *request, const char *challenge);

/* Signs. The lines of base64 that an EST server wants; the caller frees. 0, -EIO or -ENOMEM. */
int csr_sign(X509_REQ *request, const struct private_key *key, const struct csr_attributes *attributes,
    char **ret, size_t *ret_size);

static inline void csr_freep(X509_REQ **request)
{
    X509_REQ_free(*request);
}

#define _cleanup_csr_ _cleanup_(csr_freep)
