/*
 * The certificates in an EST server's answer, however it wraps them: a certs-only PKCS#7 in base64 (RFC 8951), in DER or in
 * PEM, or bare certificates. The bytes decide, not the media type.
 */
#pragma once

#include "worker/x509/crypto.h"

#include <stdbool.h>

enum {
    PKCS7_CERTIFICATES_MAX = 32,
    PKCS7_SIZE_MAX = 1 << 20,
    PKCS7_CERTIFICATE_SIZE_MAX = 64 << 10, /* what is signed has to be hashed, maybe more than once */
};

/* Reads one or more certificates, in their order and without duplicates; the caller frees. ret_bare: they came without
 * PKCS#7. Returns 0, -EBADMSG if it is something else, -E2BIG if it exceeds the limits, -EKEYREJECTED if one of them has a
 * key that public_key_flaw() refuses, or -ENOMEM. */
int pkcs7_parse(const char *body, size_t size, STACK_OF(X509) * *ret, bool *ret_bare);

/* Reads concatenated PEM blocks; the caller frees. Returns 0, -EINVAL if there are none, too many, or a broken one, or
 * -ENOMEM. */
int certificates_load(const char *pem, STACK_OF(X509) * *ret);
