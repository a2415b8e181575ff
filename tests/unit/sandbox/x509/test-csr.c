/* Certificate requests as the sandbox reads them: OpenSSL writes, GnuTLS reads. */
#include "sandbox/x509/csr.h"

#include "unit/helpers/sandbox/fixture.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <string.h>

/* Returns a request of that name in base64, signed by the key, which it frees. The challenge password may be NULL. To
 * free. */
static char *make_request(EVP_PKEY *key, const char *common_name, const char *challenge)
{
    X509_REQ *request = X509_REQ_new();
    X509_NAME *name = X509_NAME_new();
    unsigned char *der = NULL;

    assert_true(key && request && name);
    if (common_name)
        assert_true(X509_NAME_add_entry_by_txt(
            name, "CN", MBSTRING_ASC, (const unsigned char *)common_name, -1, -1, 0));
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
    _cleanup_free_ char *body = make_request(EVP_EC_gen("P-256"), "device", challenge);
    _cleanup_(csr_done) struct csr csr = { .key = NULL };
    const char *problem = NULL;
    char text[64] = "";

    assert_int_equal(csr_parse(body, strlen(body), &csr, &problem), 0);
    assert_string_equal(csr.common_name, "device");
    int r = csr_read_challenge_password(&csr, text, sizeof(text));
    assert_int_equal(r, challenge ? 0 : -ENOENT);
    if (challenge)
        assert_string_equal(text, challenge);
}

static void test_challenge_password(void **state)
{
    (void)state;
    assert_challenge(NULL);
    assert_challenge("AAAAAAAAAAAAAAAA");
    /* all that base64 has besides letters and digits */
    assert_challenge("a+b/c+d/+++///A=");
    assert_challenge("+/+/+/+/+/+/+/==");
}

static void test_a_long_challenge_password(void **state)
{
    _cleanup_free_ char *body = make_request(EVP_EC_gen("P-256"), "device", "0123456789");
    _cleanup_(csr_done) struct csr csr = { .key = NULL };
    const char *problem;
    char text[11];

    (void)state;
    assert_int_equal(csr_parse(body, strlen(body), &csr, &problem), 0);
    assert_int_equal(csr_read_challenge_password(&csr, text, 11), 0);
    assert_int_equal(csr_read_challenge_password(&csr, text, 10), -EBADMSG);
}

static void test_the_encoded_subject(void **state)
{
    static const unsigned char expected[] = { 0x30, 17, 0x31, 15, 0x30, 13, 6, 3, 0x55, 4, 3, 0x0c, 6, 'd',
        'e', 'v', 'i', 'c', 'e' };
    _cleanup_free_ char *body = make_request(EVP_RSA_gen(2048), "device", NULL);
    _cleanup_(csr_done) struct csr csr = { .key = NULL };
    const char *problem;

    (void)state;
    assert_int_equal(csr_parse(body, strlen(body), &csr, &problem), 0);
    assert_int_equal(csr.subject.size, sizeof(expected));
    assert_memory_equal(csr.subject.data, expected, sizeof(expected));
}

/* Takes over the body. */
static void assert_refused(char *body, const char *expected)
{
    struct csr csr = { .key = NULL };
    const char *problem = "";

    assert_int_equal(csr_parse(body, strlen(body), &csr, &problem), -EBADMSG);
    assert_non_null(strstr(problem, expected));
    assert_null(csr.request);
    free(body);
}

static void test_refusals(void **state)
{
    char *changed = make_request(EVP_EC_gen("P-256"), "device", NULL);

    (void)state;
    assert_refused(strdup("<html>"), "not base64");
    assert_refused(strdup(""), "not base64");
    assert_refused(strdup("MAUwAwIBBw=="), "not a PKCS#10");
    assert_refused(make_request(EVP_EC_gen("P-256"), NULL, NULL), "no usable common name");
    assert_refused(
        make_request(EVP_EC_gen("P-224"), "device", NULL), "neither EC of 256 bits nor RSA of 2048");
    assert_refused(make_request(EVP_RSA_gen(1024), "device", NULL), "neither EC of 256 bits nor RSA of 2048");
    /* a letter of the name, which is signed */
    changed[32] = changed[32] == 'A' ? 'B' : 'A';
    assert_refused(changed, "signature of the certificate request does not verify");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_challenge_password),
        cmocka_unit_test(test_a_long_challenge_password),
        cmocka_unit_test(test_the_encoded_subject),
        cmocka_unit_test(test_refusals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
