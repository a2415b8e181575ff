/*
 * The certificates in an EST server's answer, however it wraps them: a certs-only PKCS#7 in base64 (as RFC
 * 8951 says), in DER or in PEM, or bare certificates. What the bytes are decides, not the media type.
 */
#pragma once

#include "worker/x509/crypto.h"

#include <stdbool.h>

enum {
    PKCS7_CERTIFICATES_MAX = 32,
    PKCS7_SIZE_MAX = 1 << 20,
};

/* The certificates, one at least, in their order, without duplicates; ret_bare tells that they came without
 * PKCS#7. -EBADMSG if it is none of it, -E2BIG if there is more of it than the limits allow, -ENOMEM. */
int pkcs7_parse(const char *body, size_t size, STACK_OF(X509) * *ret, bool *ret_bare);

/* The certificates of concatenated PEM blocks; -EINVAL if there are none, too many, or one is broken. */
int certificates_load(const char *pem, STACK_OF(X509) * *ret);
