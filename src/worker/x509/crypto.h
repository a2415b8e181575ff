/*
 * OpenSSL as the worker uses it: the 3.0 interface and nothing deprecated, so that keys may one day live in a provider
 * (PKCS#11, TPM). Whoever handles keys and certificates includes OpenSSL through this header. The cleanup attributes own
 * the objects that a scope has made.
 */
#pragma once

#define OPENSSL_API_COMPAT 30000
#define OPENSSL_NO_DEPRECATED

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "common/memory.h"

static inline void bio_freep(BIO **bio)
{
    BIO_free_all(*bio);
}

static inline void pkey_freep(EVP_PKEY **pkey)
{
    EVP_PKEY_free(*pkey);
}

static inline void x509_freep(X509 **certificate)
{
    X509_free(*certificate);
}

static inline void x509_stack_freep(STACK_OF(X509) * *stack)
{
    sk_X509_pop_free(*stack, X509_free);
}

static inline void openssl_freep(void *p)
{
    OPENSSL_free(*(void **)p);
}

#define _cleanup_bio_ _cleanup_(bio_freep)
#define _cleanup_pkey_ _cleanup_(pkey_freep)
#define _cleanup_x509_ _cleanup_(x509_freep)
#define _cleanup_x509_stack_ _cleanup_(x509_stack_freep)
#define _cleanup_openssl_ _cleanup_(openssl_freep)
