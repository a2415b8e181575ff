#include "../../src/worker/csr.h"

#include "test-worker-fixture.h"

#include <errno.h>

static X509_REQ *parse(unsigned char *der, size_t size)
{
    const unsigned char *p = der;
    X509_REQ *request = d2i_X509_REQ(NULL, &p, (long)size);

    assert_non_null(request);
    assert_ptr_equal(p, der + size);
    OPENSSL_free(der);
    return request;
}

static void check_digest(enum key_type type, int nid)
{
    _cleanup_private_key_ struct private_key *key = NULL;
    unsigned char *der = NULL;
    size_t size = 0;
    int digest = NID_undef;
    char name[64];

    assert_int_equal(private_key_generate(type, &key), 0);
    assert_int_equal(csr_for_name(key, "1f0a0000-0000-4000-8000-000000000000", &der, &size), 0);
    X509_REQ *request = parse(der, size);
    assert_int_equal(X509_REQ_verify(request, private_key_handle(key)), 1);
    assert_true(OBJ_find_sigid_algs(X509_REQ_get_signature_nid(request), &digest, NULL));
    assert_int_equal(digest, nid);
    X509_NAME *subject = X509_REQ_get_subject_name(request);
    assert_int_equal(X509_NAME_entry_count(subject), 1);
    X509_NAME_get_text_by_NID(subject, NID_commonName, name, sizeof(name));
    assert_string_equal(name, "1f0a0000-0000-4000-8000-000000000000");
    assert_int_equal(X509_REQ_get_attr_count(request), 0);
    X509_REQ_free(request);
}

static void test_enrolment(void **state)
{
    (void)state;
    check_digest(KEY_EC_P256, NID_sha256);
    check_digest(KEY_EC_P384, NID_sha384);
    check_digest(KEY_RSA_2048, NID_sha256);
}

static void test_name_too_long(void **state)
{
    _cleanup_private_key_ struct private_key *key = NULL;
    unsigned char *der = NULL;
    size_t size;
    char name[80];

    (void)state;
    memset(name, 'a', sizeof(name));
    name[sizeof(name) - 1] = 0;
    assert_int_equal(private_key_generate(KEY_EC_P256, &key), 0);
    assert_int_equal(csr_for_name(key, name, &der, &size), -EINVAL);
    assert_null(der);
}

/* A subject that another encoder would write otherwise: PrintableString, T61String, two values in one RDN. */
static X509_NAME *odd_name(void)
{
    X509_NAME *name = X509_NAME_new();

    X509_NAME_add_entry_by_NID(
        name, NID_commonName, V_ASN1_PRINTABLESTRING, (unsigned char *)"device", 6, -1, 0);
    X509_NAME_add_entry_by_NID(
        name, NID_organizationName, V_ASN1_T61STRING, (unsigned char *)"Caf\xe9", 4, -1, 0);
    X509_NAME_add_entry_by_NID(name, NID_serialNumber, V_ASN1_UTF8STRING, (unsigned char *)"x", 1, -1, -1);
    return name;
}

static void check_renewal(const char *alternative)
{
    _cleanup_pkey_ EVP_PKEY *old = make_key();
    _cleanup_private_key_ struct private_key *key = NULL;
    struct recipe recipe = {
        .subject = "x", .key = old, .to = 60, .alternative = alternative, .extended = "clientAuth"
    };
    _cleanup_x509_ X509 *current = make_certificate(&recipe);
    _cleanup_openssl_ unsigned char *before = NULL, *after = NULL;
    unsigned char *der = NULL;
    X509_NAME *name = odd_name();
    size_t size = 0;

    X509_set_subject_name(current, name);
    X509_NAME_free(name);
    assert_int_equal(private_key_generate(KEY_EC_P256, &key), 0);
    assert_int_equal(csr_for_renewal(key, current, &der, &size), 0);
    X509_REQ *request = parse(der, size);

    assert_int_equal(X509_REQ_verify(request, private_key_handle(key)), 1);
    int before_size = i2d_X509_NAME(X509_get_subject_name(current), &before);
    assert_int_equal(i2d_X509_NAME(X509_REQ_get_subject_name(request), &after), before_size);
    assert_memory_equal(before, after, (size_t)before_size);

    STACK_OF(X509_EXTENSION) *extensions = X509_REQ_get_extensions(request);
    int count = extensions ? sk_X509_EXTENSION_num(extensions) : 0;
    assert_int_equal(count, alternative ? 1 : 0);
    if (count) {
        X509_EXTENSION *copy = sk_X509_EXTENSION_value(extensions, 0);
        X509_EXTENSION *original =
            X509_get_ext(current, X509_get_ext_by_NID(current, NID_subject_alt_name, -1));
        assert_int_equal(
            ASN1_OCTET_STRING_cmp(X509_EXTENSION_get_data(copy), X509_EXTENSION_get_data(original)), 0);
        assert_int_equal(X509_EXTENSION_get_critical(copy), X509_EXTENSION_get_critical(original));
    }
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
    X509_REQ_free(request);
}

static void test_renewal(void **state)
{
    (void)state;
    check_renewal(NULL);
    check_renewal("critical,DNS:a.example,URI:urn:uuid:1f0a0000-0000-4000-8000-000000000000");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_enrolment),
        cmocka_unit_test(test_name_too_long),
        cmocka_unit_test(test_renewal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
