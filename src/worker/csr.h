/*
 * Certificate requests (PKCS#10, DER), signed with SHA-256, or SHA-384 for a P-384 key.
 */
#pragma once

#include "key.h"

/* A request for the subject CN=common_name. 0, -EINVAL if the name can't be one, -EIO. OPENSSL_free it. */
int csr_for_name(
    const struct private_key *key, const char *common_name, unsigned char **ret_der, size_t *ret_size);

/* A request to renew a certificate: its subject and its subject alternative name (if it has one), byte for
 * byte, since servers compare them, and a new key. 0 or -EIO. OPENSSL_free it. */
int csr_for_renewal(const struct private_key *key, X509 *current, unsigned char **ret_der, size_t *ret_size);
