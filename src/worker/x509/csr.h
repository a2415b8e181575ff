/*
 * Certificate requests (PKCS#10). A request is made once and signed each time its challenge password changes. The digest is
 * the one that the server wants, else SHA-256, or SHA-384 for a P-384 key.
 */
#pragma once

#include "worker/x509/csr-attributes.h"
#include "worker/x509/key.h"

/* Makes a request for the subject CN=common_name with what the attributes want; the caller frees. Returns 0, -EINVAL if
 * the name can't be a common name, or -EIO. */
int csr_for_name(const struct private_key *key, const char *common_name,
    const struct csr_attributes *attributes, X509_REQ **ret);

/* Makes a request to renew a certificate with a new key; the caller frees. Subject and subject alternative name are copied
 * byte for byte, since servers compare them. Returns 0 or -EIO. */
int csr_for_renewal(
    const struct private_key *key, X509 *current, const struct csr_attributes *attributes, X509_REQ **ret);

/* Sets or replaces the challenge password, whose characters must be those of a PrintableString. Returns 0 or -EIO. */
int csr_set_challenge(X509_REQ *request, const char *challenge);

/* Signs the request and encodes it in lines of base64 as EST servers want it; the caller frees. Returns 0, -EIO or
 * -ENOMEM. */
int csr_sign(X509_REQ *request, const struct private_key *key, const struct csr_attributes *attributes,
    char **ret, size_t *ret_size);

static inline void csr_freep(X509_REQ **request)
{
    X509_REQ_free(*request);
}

#define _cleanup_csr_ _cleanup_(csr_freep)
