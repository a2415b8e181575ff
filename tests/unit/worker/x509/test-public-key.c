#include "worker/x509/public-key.h"

#include "unit/helpers/test-certificates.h"

#include <openssl/ec.h>
#include <stdbool.h>
#include <stdio.h>

/* Makes a certificate whose key is these bytes with this algorithm and these parameters: an OID, or one of the types. */
static X509 *with_key(int algorithm, int parameters, int curve, const unsigned char *der, size_t size)
{
    EVP_PKEY *key = make_key();
    struct recipe recipe = CA_RECIPE("a", key);
    X509 *certificate = make_certificate(&recipe);
    unsigned char *copy = OPENSSL_memdup(der, size);
    void *value = parameters == V_ASN1_OBJECT ? OBJ_dup(OBJ_nid2obj(curve)) : NULL;

    if (parameters == V_ASN1_INTEGER) {
        value = ASN1_INTEGER_new();
        ASN1_INTEGER_set(value, 7);
    }
    assert_true(X509_PUBKEY_set0_param(
        X509_get_X509_PUBKEY(certificate), OBJ_nid2obj(algorithm), parameters, value, copy, (int)size));
    EVP_PKEY_free(key);
    return certificate;
}

/* Makes the DER of an RSA key of two numbers in OpenSSL's words. */
static size_t rsa_der(const char *modulus, const char *exponent, unsigned char **ret)
{
    char text[8192];
    CONF *conf = NCONF_new(NULL);
    long line;

    snprintf(text, sizeof(text), "[k]\nn=INTEGER:%s\ne=INTEGER:%s\n", modulus, exponent);
    BIO *bio = BIO_new_mem_buf(text, -1);
    assert_int_equal(NCONF_load_bio(conf, bio, &line), 1);
    ASN1_TYPE *type = ASN1_generate_nconf("SEQUENCE:k", conf);
    assert_non_null(type);
    int size = i2d_ASN1_TYPE(type, ret);
    ASN1_TYPE_free(type);
    NCONF_free(conf);
    BIO_free(bio);
    return (size_t)size;
}

/* A hexadecimal number of so many bits whose last digit is given. */
static const char *number(size_t bits, char last)
{
    static char text[4300];

    snprintf(text, sizeof(text), "0x");
    memset(text + 2, 'f', bits / 4);
    text[1 + bits / 4] = last;
    text[2 + bits / 4] = 0;
    return text;
}

static void test_rsa(void **state)
{
    static const struct {
        const char *exponent, *flaw;
        size_t bits;
        char last;
        const char *modulus; /* in place of bits */
    } table[] = {
        { "65537", NULL, 2048, 'd', NULL },
        { "3", NULL, 2048, 'd', NULL },
        { "0xffffffffffffffff", NULL, 2048, 'd', NULL },
        { "0x10000000000000001", "exponent", 2048, 'd', NULL },
        { "65536", "exponent", 2048, 'd', NULL },
        { "2", "exponent", 2048, 'd', NULL },
        { "1", "exponent", 2048, 'd', NULL },
        { "0", "exponent", 2048, 'd', NULL },
        { "-65537", "exponent", 2048, 'd', NULL },
        { "65537", "modulus", 2048, 'e', NULL },
        { "65537", "modulus", 0, 0, "0" },
        { "65537", "modulus", 0, 0, "1" },
        { "65537", "modulus", 0, 0, "-0xc0ffee01" },
        { "65537", NULL, RSA_MODULUS_BITS_MAX, 'd', NULL },
        { "65537", "modulus", RSA_MODULUS_BITS_MAX + 4, 'd', NULL },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(table); i++) {
        _cleanup_openssl_ unsigned char *der = NULL;
        size_t size = rsa_der(table[i].modulus ? table[i].modulus : number(table[i].bits, table[i].last),
            table[i].exponent, &der);

        print_message("%zu\n", i);
        for (int pss = 0; pss < 2; pss++) {
            _cleanup_x509_ X509 *certificate =
                with_key(pss ? NID_rsassaPss : NID_rsaEncryption, V_ASN1_NULL, 0, der, size);
            const char *flaw = public_key_flaw(certificate);

            assert_int_equal(!flaw, !table[i].flaw);
            if (flaw)
                assert_non_null(strstr(flaw, table[i].flaw));
            assert_int_equal(ERR_peek_error(), 0);
        }
    }
}

static void test_parameters(void **state)
{
    static const struct {
        int algorithm, parameters, curve;
        bool good;
    } table[] = {
        { NID_X9_62_id_ecPublicKey, V_ASN1_OBJECT, NID_X9_62_prime256v1, true },
        { NID_X9_62_id_ecPublicKey, V_ASN1_OBJECT, NID_brainpoolP256r1, true },
        { NID_X9_62_id_ecPublicKey, V_ASN1_NULL, 0, false }, /* implicit */
        { NID_X9_62_id_ecPublicKey, V_ASN1_UNDEF, 0, false },
        { NID_X9_62_id_ecPublicKey, V_ASN1_INTEGER, 0, false },
        { NID_ED25519, V_ASN1_UNDEF, 0, true },
        { NID_ED25519, V_ASN1_NULL, 0, false },
        { NID_ED448, V_ASN1_OBJECT, NID_sha1, false },
        { NID_rsaEncryption, V_ASN1_UNDEF, 0, true },
        { NID_rsaEncryption, V_ASN1_INTEGER, 0, false },
        { NID_rsaEncryption, V_ASN1_OBJECT, NID_sha1, false },
        /* Not judged. */
        { NID_dsa, V_ASN1_UNDEF, 0, true },
    };
    _cleanup_openssl_ unsigned char *der = NULL;
    size_t size = rsa_der(number(2048, 'd'), "65537", &der);

    (void)state;
    for (size_t i = 0; i < ELEMENTS(table); i++) {
        _cleanup_x509_ X509 *certificate =
            with_key(table[i].algorithm, table[i].parameters, table[i].curve, der, size);

        print_message("%zu\n", i);
        assert_int_equal(!public_key_flaw(certificate), table[i].good);
    }
}

/* Reads a certificate anew, with the key that is written in it. */
static X509 *read_anew(X509 *certificate)
{
    _cleanup_openssl_ unsigned char *der = NULL;
    int size = i2d_X509(certificate, &der);
    const unsigned char *p = der;
    X509 *copy = d2i_X509(NULL, &p, size);

    assert_non_null(copy);
    X509_free(certificate);
    return copy;
}

static EVP_PKEY *make_key_of(const char *type)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *key = NULL;

    if (strcmp(type, "EC") == 0)
        key = make_key();
    else {
        assert_int_equal(EVP_PKEY_keygen_init(context), 1);
        assert_int_equal(EVP_PKEY_keygen(context, &key), 1);
    }
    EVP_PKEY_CTX_free(context);
    return key;
}

static void test_sound(void **state)
{
    static const struct {
        BIGNUM *(*prime)(BIGNUM *); /* the modulus is a power of this prime */
        int squared;                /* so many times */
        const char *key;            /* a key of this type is made, which is sound */
    } table[] = {
        { .key = "RSA" }, { .key = "RSA-PSS" }, { .key = "ED25519" }, { .key = "EC" },
        { BN_get_rfc3526_prime_2048 }, { BN_get_rfc2409_prime_1024, 1 }, { BN_get_rfc2409_prime_1024, 2 },
        { BN_get_rfc3526_prime_8192, 1 }, /* too large */
    };
    BN_CTX *context = BN_CTX_new();

    (void)state;
    for (size_t i = 0; i < ELEMENTS(table); i++) {
        print_message("%zu\n", i);
        if (table[i].key) {
            _cleanup_pkey_ EVP_PKEY *key = make_key_of(table[i].key);

            assert_true(public_key_is_sound(key));
            continue;
        }
        _cleanup_openssl_ unsigned char *der = NULL;
        BIGNUM *modulus = table[i].prime(NULL);
        char text[8192];

        for (int j = 0; j < table[i].squared; j++)
            assert_true(BN_sqr(modulus, modulus, context));
        _cleanup_openssl_ char *digits = BN_bn2hex(modulus);
        snprintf(text, sizeof(text), "0x%s", digits);
        size_t size = rsa_der(text, "65537", &der);
        _cleanup_x509_ X509 *certificate = read_anew(with_key(NID_rsaEncryption, V_ASN1_NULL, 0, der, size));

        assert_null(public_key_flaw(certificate));
        assert_false(public_key_is_sound(X509_get0_pubkey(certificate)));
        assert_int_equal(ERR_peek_error(), 0);
        BN_free(modulus);
    }
    BN_CTX_free(context);
}

static void test_infinity(void **state)
{
    static const int curves[] = { NID_X9_62_prime256v1, NID_secp384r1, NID_brainpoolP256r1 };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(curves); i++) {
        _cleanup_x509_ X509 *certificate = read_anew(
            with_key(NID_X9_62_id_ecPublicKey, V_ASN1_OBJECT, curves[i], (const unsigned char *)"", 1));
        EVP_PKEY *key = X509_get0_pubkey(certificate);

        assert_non_null(strstr(public_key_flaw(certificate), "infinity"));
        assert_true(!key || !public_key_is_sound(key));
    }
}

static void test_malformed(void **state)
{
    static const unsigned char *const texts[] = { (const unsigned char *)"",
        (const unsigned char *)"\x30\x00", (const unsigned char *)"\x04\x00",
        (const unsigned char *)"\x30\x03\x02\x01\x07" };
    static const size_t sizes[] = { 0, 2, 2, 5 };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(texts); i++) {
        _cleanup_x509_ X509 *certificate = with_key(NID_rsaEncryption, V_ASN1_NULL, 0, texts[i], sizes[i]);

        print_message("%zu\n", i);
        assert_non_null(public_key_flaw(certificate));
        assert_int_equal(ERR_peek_error(), 0);
    }
}

/* The parameters of a known curve are as free as any others when they are written out. */
static void test_explicit_curve(void **state)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, NULL);
    EVP_PKEY *key = NULL;

    (void)state;
    assert_int_equal(EVP_PKEY_keygen_init(context), 1);
    assert_int_equal(EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1), 1);
    assert_int_equal(EVP_PKEY_CTX_set_ec_param_enc(context, OPENSSL_EC_EXPLICIT_CURVE), 1);
    assert_int_equal(EVP_PKEY_keygen(context, &key), 1);
    struct recipe recipe = CA_RECIPE("a", key);
    _cleanup_x509_ X509 *certificate = make_certificate(&recipe);
    assert_non_null(strstr(public_key_flaw(certificate), "explicit parameters"));
    EVP_PKEY_free(key);
    EVP_PKEY_CTX_free(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rsa),
        cmocka_unit_test(test_parameters),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_sound),
        cmocka_unit_test(test_infinity),
        cmocka_unit_test(test_explicit_curve),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
