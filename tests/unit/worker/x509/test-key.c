#include "worker/x509/key.h"

#include "unit/helpers/test-certificates.h"
#include "worker/x509/base64.h"

#include <errno.h>
#include <stdio.h>

static void test_round_trip(void **state)
{
    (void)state;
    for (int type = 0; key_type_names[type]; type++) {
        _cleanup_private_key_ struct private_key *key = NULL, *again = NULL;
        _cleanup_erase_ char *pem = NULL;
        char description[48];

        assert_int_equal(key_type_from_string(key_type_names[type]), type);
        assert_int_equal(private_key_generate((enum key_type)type, &key), 0);
        assert_int_equal(private_key_to_pem(key, &pem), 0);
        assert_memory_equal(pem, "-----BEGIN PRIVATE KEY-----\n", 28);
        assert_int_equal(private_key_load(pem, &again), 0);
        assert_int_equal(EVP_PKEY_eq(private_key_handle(key), private_key_handle(again)), 1);
        key_describe(private_key_handle(again), description, sizeof(description));
        assert_string_equal(description, key_type_names[type]);
    }
}

static void test_new_each_time(void **state)
{
    _cleanup_private_key_ struct private_key *a = NULL, *b = NULL;

    (void)state;
    assert_int_equal(private_key_generate(KEY_EC_P256, &a), 0);
    assert_int_equal(private_key_generate(KEY_EC_P256, &b), 0);
    assert_int_not_equal(EVP_PKEY_eq(private_key_handle(a), private_key_handle(b)), 1);
}

static void test_bad_key(void **state)
{
    static const char *const texts[] = {
        "",
        "nonsense",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\n",
    };
    struct private_key *key = NULL;

    (void)state;
    for (size_t i = 0; i < ELEMENTS(texts); i++) {
        assert_int_equal(private_key_load(texts[i], &key), -EINVAL);
        assert_null(key);
    }
    /* A failure leaves no error in the queue of OpenSSL. */
    assert_int_equal(ERR_peek_error(), 0);
}

static void test_encrypted_key_is_refused(void **state)
{
    _cleanup_pkey_ EVP_PKEY *pkey = make_key();
    _cleanup_bio_ BIO *bio = BIO_new(BIO_s_mem());
    struct private_key *key = NULL;
    char *data;

    (void)state;
    assert_true(PEM_write_bio_PKCS8PrivateKey(bio, pkey, EVP_aes_128_cbc(), "abcd", 4, NULL, NULL));
    long size = BIO_get_mem_data(bio, &data);
    _cleanup_free_ char *pem = strndup(data, (size_t)size);
    assert_int_equal(private_key_load(pem, &key), -EINVAL);
}

static void assert_parsed(const char *body, size_t size, const struct private_key *key)
{
    _cleanup_private_key_ struct private_key *parsed = NULL;

    assert_int_equal(private_key_parse(body, size, &parsed), 0);
    assert_int_equal(EVP_PKEY_eq(private_key_handle(parsed), private_key_handle(key)), 1);
}

/* PKCS#8 and the older forms, in each wrapping. */
static void test_parse(void **state)
{
    _cleanup_private_key_ struct private_key *key = NULL;
    struct private_key *none = NULL;
    _cleanup_erase_ char *pem = NULL;
    _cleanup_openssl_ unsigned char *pkcs8 = NULL, *sec1 = NULL;
    _cleanup_free_ char *base64 = NULL;
    size_t size;

    (void)state;
    assert_int_equal(private_key_generate(KEY_EC_P256, &key), 0);
    assert_int_equal(private_key_to_pem(key, &pem), 0);
    assert_parsed(pem, strlen(pem), key);

    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(private_key_handle(key));
    int length = i2d_PKCS8_PRIV_KEY_INFO(info, &pkcs8);
    PKCS8_PRIV_KEY_INFO_free(info);
    assert_parsed((const char *)pkcs8, (size_t)length, key);
    assert_int_equal(base64_encode(pkcs8, (size_t)length, &base64, &size), 0);
    assert_parsed(base64, size, key);
    length = i2d_PrivateKey(private_key_handle(key), &sec1);
    assert_parsed((const char *)sec1, (size_t)length, key);

    assert_int_equal(private_key_parse("", 0, &none), -EINVAL);
    assert_int_equal(private_key_parse("MAA=", 4, &none), -EINVAL);
    assert_int_equal(private_key_parse(base64, size / 2, &none), -EINVAL);
    assert_null(none);
    assert_int_equal(ERR_peek_error(), 0);
}

static void test_unknown_types(void **state)
{
    _cleanup_pkey_ EVP_PKEY *rsa = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024);
    char description[48];

    (void)state;
    assert_int_equal(key_type_from_string("dsa"), -EINVAL);
    key_describe(rsa, description, sizeof(description));
    assert_string_equal(description, "rsa_1024");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_new_each_time),
        cmocka_unit_test(test_bad_key),
        cmocka_unit_test(test_encrypted_key_is_refused),
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_unknown_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
