/*
 * Certificates for the worker's tests, made as each test wants them. Everything that a test makes it frees.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "worker/x509/crypto.h"

#include <time.h>

struct recipe {
    const char *subject;
    EVP_PKEY *key;                                      /* whose public key it holds */
    X509 *issuer;                                       /* NULL: itself */
    EVP_PKEY *signer;                                   /* NULL: key */
    long from, to;                                      /* seconds from now */
    const EVP_MD *digest;                               /* NULL: SHA-256 */
    const char *basic, *usage, *extended, *alternative; /* extensions in OpenSSL's words, NULL: none */
    const char *constraints;                            /* of names; the same */
};

static inline EVP_PKEY *make_key(void)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");

    assert_non_null(key);
    return key;
}

static inline void add_extension(X509 *certificate, int nid, const char *value)
{
    if (!value)
        return;
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    assert_non_null(extension);
    assert_true(X509_add_ext(certificate, extension, -1));
    X509_EXTENSION_free(extension);
}

static inline X509 *make_certificate(const struct recipe *recipe)
{
    X509 *certificate = X509_new();
    X509_NAME *name = X509_NAME_new();
    static long serial = 0x1000;

    if (*recipe->subject)
        assert_true(X509_NAME_add_entry_by_txt(
            name, "CN", MBSTRING_UTF8, (const unsigned char *)recipe->subject, -1, -1, 0));
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
    X509_set_subject_name(certificate, name);
    X509_set_issuer_name(certificate, recipe->issuer ? X509_get_subject_name(recipe->issuer) : name);
    X509_gmtime_adj(X509_getm_notBefore(certificate), recipe->from);
    X509_gmtime_adj(X509_getm_notAfter(certificate), recipe->to);
    X509_set_pubkey(certificate, recipe->key);
    add_extension(certificate, NID_basic_constraints, recipe->basic);
    add_extension(certificate, NID_key_usage, recipe->usage);
    add_extension(certificate, NID_ext_key_usage, recipe->extended);
    add_extension(certificate, NID_subject_alt_name, recipe->alternative);
    add_extension(certificate, NID_name_constraints, recipe->constraints);
    assert_true(X509_sign(certificate, recipe->signer ? recipe->signer : recipe->key,
        recipe->digest ? recipe->digest : EVP_sha256()));
    X509_NAME_free(name);
    return certificate;
}

#define CA_RECIPE(name, pkey)                                                                                \
    {                                                                                                        \
        .subject = name, .key = pkey, .from = -3600, .to = 86400, .basic = "critical,CA:TRUE",               \
        .usage = "critical,keyCertSign"                                                                      \
    }
#define DEVICE_RECIPE(pkey, ca, ca_key)                                                                      \
    {                                                                                                        \
        .subject = "device", .key = pkey, .issuer = ca, .signer = ca_key, .from = -60, .to = 3600,           \
        .basic = "critical,CA:FALSE", .usage = "critical,digitalSignature", .extended = "clientAuth"         \
    }

static inline STACK_OF(X509) * make_stack(X509 *a, X509 *b, X509 *c)
{
    STACK_OF(X509) *stack = sk_X509_new_null();
    X509 *all[] = { a, b, c };

    for (size_t i = 0; i < ELEMENTS(all); i++)
        if (all[i]) {
            X509_up_ref(all[i]);
            sk_X509_push(stack, all[i]);
        }
    return stack;
}

/* PEM of a certificate or a key; the caller frees. */
static inline char *to_pem(X509 *certificate, EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *data, *text;

    if (certificate)
        assert_true(PEM_write_bio_X509(bio, certificate));
    if (key)
        assert_true(PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL));
    long size = BIO_get_mem_data(bio, &data);
    text = strndup(data, (size_t)size);
    BIO_free(bio);
    return text;
}
