#include "worker/x509/csr.h"

#include "unit/helpers/test-certificates.h"
#include "worker/x509/base64.h"

#include <errno.h>

#define GUID "1f0a0000-0000-4000-8000-000000000000"

static const struct csr_attributes no_wishes = { .digest = NID_undef };

/* Signs a request and reads it as a server would. */
static X509_REQ *sent(X509_REQ *made, const struct private_key *key, const struct csr_attributes *attributes)
{
    _cleanup_free_ char *body = NULL;
    _cleanup_free_ unsigned char *der = NULL;
    size_t size = 0, length = 0;

    assert_int_equal(csr_sign(made, key, attributes, &body, &size), 0);
    assert_int_equal(base64_decode(body, size, &der, &length), 0);
    const unsigned char *p = der;
    X509_REQ *request = d2i_X509_REQ(NULL, &p, (long)length);
    assert_non_null(request);
    assert_ptr_equal(p, der + length);
    return request;
}

static void check_digest(enum key_type type, int nid)
{
    _cleanup_private_key_ struct private_key *key = NULL;
    _cleanup_csr_ X509_REQ *made = NULL;
    int digest = NID_undef;
    char name[64];

    assert_int_equal(private_key_generate(type, &key), 0);
    assert_int_equal(csr_for_name(key, GUID, &no_wishes, &made), 0);
    X509_REQ *request = sent(made, key, &no_wishes);
    assert_int_equal(X509_REQ_verify(request, private_key_handle(key)), 1);
    assert_true(OBJ_find_sigid_algs(X509_REQ_get_signature_nid(request), &digest, NULL));
    assert_int_equal(digest, nid);
    X509_NAME *subject = X509_REQ_get_subject_name(request);
    assert_int_equal(X509_NAME_entry_count(subject), 1);
    X509_NAME_get_text_by_NID(subject, NID_commonName, name, sizeof(name));
    assert_string_equal(name, GUID);
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
    X509_REQ *made = NULL;
    char name[80];

    (void)state;
    memset(name, 'a', sizeof(name));
    name[sizeof(name) - 1] = 0;
    assert_int_equal(private_key_generate(KEY_EC_P256, &key), 0);
    assert_int_equal(csr_for_name(key, name, &no_wishes, &made), -EINVAL);
    assert_null(made);
}

/* A subject that OpenSSL would encode differently: PrintableString, T61String, two values in one RDN. */
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
    _cleanup_csr_ X509_REQ *made = NULL;
    X509_NAME *name = odd_name();

    X509_set_subject_name(current, name);
    X509_NAME_free(name);
    assert_int_equal(private_key_generate(KEY_EC_P256, &key), 0);
    assert_int_equal(csr_for_renewal(key, current, &no_wishes, &made), 0);
    X509_REQ *request = sent(made, key, &no_wishes);

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

/* The extensions that the server wants, by their NIDs; nothing else changes. */
static int extensions_of(const char *common_name, const struct csr_attributes *attributes, int nids[4])
{
    _cleanup_private_key_ struct private_key *key = NULL;
    _cleanup_csr_ X509_REQ *made = NULL;
    int n = 0;

    assert_int_equal(private_key_generate(KEY_EC_P256, &key), 0);
    assert_int_equal(csr_for_name(key, common_name, attributes, &made), 0);
    _cleanup_csr_ X509_REQ *request = sent(made, key, attributes);
    assert_int_equal(X509_REQ_verify(request, private_key_handle(key)), 1);
    STACK_OF(X509_EXTENSION) *extensions = X509_REQ_get_extensions(request);
    for (; extensions && n < sk_X509_EXTENSION_num(extensions); n++)
        nids[n] = OBJ_obj2nid(X509_EXTENSION_get_object(sk_X509_EXTENSION_value(extensions, n)));
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
    return n;
}

static void test_wishes(void **state)
{
    struct csr_attributes attributes = no_wishes;
    int nids[4] = { 0 }, digest = NID_undef;

    (void)state;
    assert_int_equal(extensions_of(GUID, &attributes, nids), 0);
    attributes.alternative_name = attributes.key_usage = attributes.extended_key_usage = true;
    assert_int_equal(extensions_of(GUID, &attributes, nids), 3);
    assert_int_equal(nids[0], NID_subject_alt_name);
    assert_int_equal(nids[1], NID_key_usage);
    assert_int_equal(nids[2], NID_ext_key_usage);
    /* A common name that is not a UUID adds no alternative name. */
    assert_int_equal(extensions_of("device", &attributes, nids), 2);

    _cleanup_private_key_ struct private_key *key = NULL;
    _cleanup_csr_ X509_REQ *made = NULL;
    attributes.digest = NID_sha512;
    assert_int_equal(private_key_generate(KEY_EC_P256, &key), 0);
    assert_int_equal(csr_for_name(key, "device", &attributes, &made), 0);
    _cleanup_csr_ X509_REQ *request = sent(made, key, &attributes);
    assert_true(OBJ_find_sigid_algs(X509_REQ_get_signature_nid(request), &digest, NULL));
    assert_int_equal(digest, NID_sha512);
}

static void assert_challenge(X509_REQ *request, const char *challenge)
{
    assert_int_equal(X509_REQ_get_attr_count(request), 1);
    X509_ATTRIBUTE *attribute = X509_REQ_get_attr(request, 0);
    assert_int_equal(OBJ_obj2nid(X509_ATTRIBUTE_get0_object(attribute)), NID_pkcs9_challengePassword);
    const ASN1_STRING *value = X509_ATTRIBUTE_get0_data(attribute, 0, V_ASN1_PRINTABLESTRING, NULL);
    assert_non_null(value);
    assert_int_equal(ASN1_STRING_length(value), strlen(challenge));
    assert_memory_equal(ASN1_STRING_get0_data(value), challenge, strlen(challenge));
}

static void test_challenge_is_replaced(void **state)
{
    _cleanup_private_key_ struct private_key *key = NULL;
    _cleanup_csr_ X509_REQ *made = NULL, *first = NULL, *second = NULL;

    (void)state;
    assert_int_equal(private_key_generate(KEY_EC_P256, &key), 0);
    assert_int_equal(csr_for_name(key, GUID, &no_wishes, &made), 0);
    assert_int_equal(csr_set_challenge(made, "AAAAAAAAAAAAAAAA"), 0);
    first = sent(made, key, &no_wishes);
    assert_challenge(first, "AAAAAAAAAAAAAAAA");
    assert_int_equal(csr_set_challenge(made, "b+/cdefghijklmn="), 0);
    second = sent(made, key, &no_wishes);
    assert_challenge(second, "b+/cdefghijklmn=");
    assert_int_equal(X509_REQ_verify(second, private_key_handle(key)), 1);
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
        cmocka_unit_test(test_wishes),
        cmocka_unit_test(test_challenge_is_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
