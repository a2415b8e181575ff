#include "../../src/worker/key.h"

#include "test-worker-fixture.h"

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
    /* What failed leaves no error behind that a later message could pick up. */
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
        cmocka_unit_test(test_unknown_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
