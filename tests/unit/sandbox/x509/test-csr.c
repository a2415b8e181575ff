/* Certificate requests as the sandbox reads them: OpenSSL writes, GnuTLS reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox/x509/csr.h"

/* A signed request for CN=device in base64; the challenge password may be NULL. To free. */
static char *make_request(const char *challenge)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509_REQ *request = X509_REQ_new();
    X509_NAME *name = X509_NAME_new();
    unsigned char *der = NULL;

    assert_true(key && request && name);
    assert_true(
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"device", -1, -1, 0));
    assert_true(X509_REQ_set_subject_name(request, name) && X509_REQ_set_pubkey(request, key));
    if (challenge)
        assert_true(X509_REQ_add1_attr_by_NID(request, NID_pkcs9_challengePassword, V_ASN1_PRINTABLESTRING,
            (const unsigned char *)challenge, (int)strlen(challenge)));
    assert_true(X509_REQ_sign(request, key, EVP_sha256()));
    int size = i2d_X509_REQ(request, &der);
    assert_true(size > 0);
    char *text = malloc((size_t)size * 2);
    assert_non_null(text);
    EVP_EncodeBlock((unsigned char *)text, der, size);
    OPENSSL_free(der);
    X509_NAME_free(name);
    X509_REQ_free(request);
    EVP_PKEY_free(key);
    return text;
}

static void assert_challenge(const char *challenge)
{
    char *body = make_request(challenge), text[64] = "";
    struct csr csr = { .key = NULL };
    const char *problem = NULL;

    assert_int_equal(csr_parse(body, strlen(body), &csr, &problem), 0);
    assert_string_equal(csr.common_name, "device");
    int r = csr_read_challenge_password(&csr, text, sizeof(text));
    assert_int_equal(r, challenge ? 0 : -ENOENT);
    if (challenge)
        assert_string_equal(text, challenge);
    csr_done(&csr);
    free(body);
}

static void test_challenge_password(void **state)
{
    (void)state;
    assert_challenge(NULL);
    assert_challenge("AAAAAAAAAAAAAAAA");
    /* All that base64 has besides letters and digits. */
    assert_challenge("a+b/c+d/+++///A=");
    assert_challenge("+/+/+/+/+/+/+/==");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_challenge_password),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
