/* The answer of serverkeygen: OpenSSL reads both parts of it. */
#include "sandbox/web/multipart.h"

#include "unit/helpers/sandbox/answer.h"
#include "unit/helpers/sandbox/fixture.h"

#include "sandbox/base/base64.h"
#include "sandbox/x509/authority.h"

#include <openssl/pkcs7.h>
#include <openssl/x509.h>

/* Decodes the part of that type, up to the boundary; the caller frees with gnutls_free(). */
static gnutls_datum_t read_part(const struct answer *answer, const char *type)
{
    gnutls_datum_t data = { NULL, 0 };
    const char *part = strstr(answer->body, type), *end;

    assert_non_null(part);
    part = strstr(part, "\r\n");
    assert_int_equal(strncmp(part, "\r\nContent-Transfer-Encoding: base64\r\n\r\n", 39), 0);
    end = strstr(part, "\r\n--estServerKeyGenBoundary");
    assert_non_null(end);
    assert_int_equal(base64_decode_text(part + 39, (size_t)(end - part - 39), &data), 0);
    return data;
}

static void test_parts(void **state)
{
    _cleanup_(authority_done) struct authority authority = { NULL, NULL };
    _cleanup_(answer_done) struct answer answer = { .status = 500 };
    _cleanup_(chain_done) struct chain chain = { .n = 0 };
    gnutls_datum_t key, certificates;
    const unsigned char *p;
    PKCS8_PRIV_KEY_INFO *info;
    EVP_PKEY *private;
    PKCS7 *pkcs7;

    (void)state;
    assert_int_equal(authority_make("A", NULL, 60, &authority), 0);
    assert_int_equal(chain_add(&chain, authority.certificate), 0);
    assert_int_equal(multipart_fill_answer(&answer, authority.key, &chain), 0);
    assert_int_equal(answer.status, 200);
    assert_string_equal(
        header_of(&answer, "Content-Type"), "multipart/mixed; boundary=\"estServerKeyGenBoundary\"");
    assert_int_equal(answer.size, strlen(answer.body));
    assert_string_equal(answer.body + answer.size - 31, "\r\n--estServerKeyGenBoundary--\r\n");

    key = read_part(&answer, "application/pkcs8");
    p = key.data;
    info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, key.size);
    private = EVP_PKCS82PKEY(info);
    certificates = read_part(&answer, "application/pkcs7-mime; smime-type=certs-only");
    p = certificates.data;
    pkcs7 = d2i_PKCS7(NULL, &p, certificates.size);
    assert_true(private && pkcs7);
    assert_int_equal(sk_X509_num(pkcs7->d.sign->cert), 1);
    assert_int_equal(X509_check_private_key(sk_X509_value(pkcs7->d.sign->cert, 0), private), 1);
    PKCS7_free(pkcs7);
    EVP_PKEY_free(private);
    PKCS8_PRIV_KEY_INFO_free(info);
    gnutls_free(key.data);
    gnutls_free(certificates.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
