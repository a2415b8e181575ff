#include "worker/x509/certificate.h"

#include "unit/helpers/test-certificates.h"
#include "worker/x509/pkcs7.h"

#include <stdio.h>

static void test_info(void **state)
{
    _cleanup_pkey_ EVP_PKEY *key = make_key();
    struct recipe recipe = CA_RECIPE("J\xc3\xb6rg, the\tCA", key);
    _cleanup_x509_ X509 *certificate = make_certificate(&recipe);
    _cleanup_json_ json_object *info = NULL;
    unsigned char digest[EVP_MAX_MD_SIZE];
    char expected[FINGERPRINT_SIZE];

    (void)state;
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), 0xabcdef0123);
    X509_sign(certificate, key, EVP_sha256());
    time_t now = time(NULL);
    assert_int_equal(certificate_info(certificate, &info), 0);
    assert_string_equal(json_get_string(info, "subject"), "CN=J\xc3\xb6rg\\, the\\09CA");
    assert_string_equal(json_get_string(info, "issuer"), json_get_string(info, "subject"));
    assert_string_equal(json_get_string(info, "serial"), "abcdef0123");
    assert_string_equal(json_get_string(info, "keyType"), "ec_p256");
    assert_in_range(json_get_int(info, "notBefore", 0), now - 3700, now - 3500);
    assert_int_equal(json_get_int(info, "notAfter", 0) - json_get_int(info, "notBefore", 0), 86400 + 3600);
    X509_digest(certificate, EVP_sha256(), digest, NULL);
    for (int i = 0; i < 32; i++)
        snprintf(expected + 2 * i, 3, "%02x", digest[i]);
    assert_string_equal(json_get_string(info, "fingerprint"), expected);
}

static void test_summary(void **state)
{
    _cleanup_pkey_ EVP_PKEY *key = make_key();
    struct recipe recipe = CA_RECIPE("name", key);
    char summary[384], many[2000] = "DNS:first.example", start[] = "subject CN=name, issuer CN=name, names ";

    (void)state;
    _cleanup_x509_ X509 *without = make_certificate(&recipe);
    certificate_summary(without, summary, sizeof(summary));
    assert_memory_equal(summary, start, strlen(start));
    assert_memory_equal(summary + strlen(start), "(none), SHA-256 ", 16);

    for (int i = 0; i < 60; i++)
        strcat(many, ",DNS:another-name.example");
    strcat(many, ",IP:192.0.2.1");
    recipe.alternative = many;
    _cleanup_x509_ X509 *with = make_certificate(&recipe);
    certificate_summary(with, summary, sizeof(summary));
    assert_memory_equal(summary + strlen(start), "first.example another-name.example ", 35);
    /* Many names leave room for the fingerprint. */
    assert_int_equal(strlen(strstr(summary, "SHA-256 ")), 8 + 64);
}

/* The interface has no time before 1970. */
static void test_validity_from_long_ago(void **state)
{
    _cleanup_pkey_ EVP_PKEY *key = make_key();
    struct recipe recipe = CA_RECIPE("name", key);

    (void)state;
    recipe.from = -(long)time(NULL) - 86400;
    _cleanup_x509_ X509 *old = make_certificate(&recipe);
    assert_int_equal(certificate_not_before(old), 0);
    assert_true(certificate_not_after(old) > time(NULL));
}

static void test_time(void **state)
{
    char text[32];

    (void)state;
    format_time(784111777, text, sizeof(text));
    assert_string_equal(text, "1994-11-06 08:49:37 UTC");
}

static void test_pem(void **state)
{
    _cleanup_pkey_ EVP_PKEY *key = make_key();
    struct recipe recipe = CA_RECIPE("a", key);
    _cleanup_x509_ X509 *a = make_certificate(&recipe), *b = make_certificate(&recipe);
    _cleanup_x509_stack_ STACK_OF(X509) *stack = make_stack(a, b, NULL), *again = NULL;
    _cleanup_free_ char *pem = NULL, *none = NULL;

    (void)state;
    assert_int_equal(certificates_to_pem(stack, 1, &pem), 0);
    assert_int_equal(certificates_load(pem, &again), 0);
    assert_int_equal(sk_X509_num(again), 1);
    assert_int_equal(X509_cmp(sk_X509_value(again, 0), b), 0);
    assert_int_equal(certificates_to_pem(stack, 2, &none), 0);
    assert_string_equal(none, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_info),
        cmocka_unit_test(test_summary),
        cmocka_unit_test(test_validity_from_long_ago),
        cmocka_unit_test(test_time),
        cmocka_unit_test(test_pem),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
