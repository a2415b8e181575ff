/* The certificates of an answer: their order, and the PKCS#7 around them as OpenSSL reads it. */
#include "sandbox/x509/chain.h"

#include "unit/helpers/sandbox/fixture.h"

#include "sandbox/x509/authority.h"

#include <openssl/objects.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>
#include <string.h>

#define HOUR 3600

struct fixture {
    struct authority authorities[3];
    struct chain chain;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    static const char *const names[] = { "A", "B", "C" };

    fixture = (struct fixture){ .chain = { .n = 0 } };
    *state = &fixture;
    for (size_t i = 0; i < ELEMENTS(names); i++)
        if (authority_make(names[i], NULL, HOUR, &fixture.authorities[i]) < 0 ||
            chain_add(&fixture.chain, fixture.authorities[i].certificate) < 0)
            return -1;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    for (size_t i = 0; i < ELEMENTS(fixture->authorities); i++)
        authority_done(&fixture->authorities[i]);
    chain_done(&fixture->chain);
    return 0;
}

/* The common names in the order of the PKCS#7. */
static void assert_order(const struct chain *chain, const char *expected)
{
    struct der der;
    const unsigned char *p;
    char seen[16] = "";
    PKCS7 *pkcs7;

    assert_int_equal(chain_pack(chain, &der), 0);
    p = der.data;
    pkcs7 = d2i_PKCS7(NULL, &p, (long)der.size);
    assert_non_null(pkcs7);
    assert_ptr_equal(p, der.data + der.size);
    assert_true(PKCS7_type_is_signed(pkcs7));
    assert_true(PKCS7_type_is_data(pkcs7->d.sign->contents));
    assert_int_equal(sk_PKCS7_SIGNER_INFO_num(pkcs7->d.sign->signer_info), 0);
    for (int i = 0; i < sk_X509_num(pkcs7->d.sign->cert); i++) {
        X509_NAME *name = X509_get_subject_name(sk_X509_value(pkcs7->d.sign->cert, i));
        char text[8] = "";

        X509_NAME_get_text_by_NID(name, NID_commonName, text, sizeof(text));
        strcat(seen, text);
    }
    assert_string_equal(seen, expected);
    PKCS7_free(pkcs7);
    der_done(&der);
}

static void test_order(void **state)
{
    struct chain *chain = &((struct fixture *)*state)->chain;

    assert_order(chain, "ABC");
    chain_move(chain, 0, 2);
    assert_order(chain, "BCA");
    chain_move(chain, 2, 0);
    assert_order(chain, "ABC");
    chain_move(chain, 1, 1);
    assert_order(chain, "ABC");
    assert_int_equal(chain_repeat(chain, 1), 0);
    assert_order(chain, "ABCB");
    chain_drop(chain, 0);
    assert_order(chain, "BCB");
    chain_drop(chain, 7);
    assert_order(chain, "BCB");
    chain_drop(chain, 2);
    assert_order(chain, "BC");
    chain_done(chain);
    assert_order(chain, "");
}

static void test_made_certificates(void **state)
{
    struct fixture *fixture = *state;
    const struct certificate_profile profile = {
        .kind = CERTIFICATE_ROOT,
        .common_name = "D",
        .not_before = time(NULL) - HOUR,
        .not_after = time(NULL) + HOUR,
    };
    const unsigned char *p;
    X509 *made, *subject, *issuer;

    /* the key of B, certified by C */
    assert_int_equal(
        chain_add_made(&fixture->chain, &profile, fixture->authorities[1].key, &fixture->authorities[2]), 0);
    assert_order(&fixture->chain, "ABCD");
    p = fixture->chain.certificates[3].data;
    made = d2i_X509(NULL, &p, fixture->chain.certificates[3].size);
    p = fixture->chain.certificates[1].data;
    subject = d2i_X509(NULL, &p, fixture->chain.certificates[1].size);
    p = fixture->chain.certificates[2].data;
    issuer = d2i_X509(NULL, &p, fixture->chain.certificates[2].size);
    assert_int_equal(EVP_PKEY_eq(X509_get0_pubkey(made), X509_get0_pubkey(subject)), 1);
    assert_int_equal(X509_verify(made, X509_get0_pubkey(issuer)), 1);
    X509_free(made);
    X509_free(subject);
    X509_free(issuer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_made_certificates, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
