/* The certificates that the sandbox makes, as OpenSSL reads them. */
#include "sandbox/x509/certificate.h"

#include "unit/helpers/sandbox/fixture.h"

#include <errno.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

#define HOUR 3600

struct fixture {
    struct authority root;
    gnutls_x509_privkey_t key;
    gnutls_pubkey_t public;
    struct certificate_profile profile;
    gnutls_x509_crt_t made;
    X509 *read;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    struct certificate_profile root = { .kind = CERTIFICATE_ROOT, .common_name = "Root" };
    int r;

    fixture = (struct fixture){ .made = NULL };
    *state = &fixture;
    if (certificate_make_key(&fixture.root.key) < 0 || certificate_make_key(&fixture.key) < 0 ||
        certificate_make_public_key(fixture.key, &fixture.public) < 0 ||
        certificate_make_public_key(fixture.root.key, &root.key) < 0)
        return -1;
    root.not_before = time(NULL) - HOUR;
    root.not_after = time(NULL) + HOUR;
    r = certificate_make(&root, &fixture.root, &fixture.root.certificate);
    gnutls_pubkey_deinit(root.key);
    fixture.profile = (struct certificate_profile){
        .kind = CERTIFICATE_DEVICE,
        .common_name = "device",
        .key = fixture.public,
        .not_before = 1700000000,
        .not_after = 1800000000,
    };
    return r;
}

static void release_made(struct fixture *f)
{
    if (f->made)
        gnutls_x509_crt_deinit(f->made);
    X509_free(f->read);
    f->made = NULL;
    f->read = NULL;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    release_made(f);
    authority_done(&f->root);
    gnutls_x509_privkey_deinit(f->key);
    gnutls_pubkey_deinit(f->public);
    return 0;
}

static X509 *read_certificate(gnutls_x509_crt_t certificate)
{
    gnutls_datum_t der = { NULL, 0 };
    const unsigned char *p;
    X509 *read;

    assert_true(gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_DER, &der) >= 0);
    p = der.data;
    read = d2i_X509(NULL, &p, der.size);
    assert_non_null(read);
    gnutls_free(der.data);
    return read;
}

/* Makes a certificate of the fixture's profile and reads it. */
static X509 *make(struct fixture *f)
{
    release_made(f);
    assert_int_equal(certificate_make(&f->profile, &f->root, &f->made), 0);
    f->read = read_certificate(f->made);
    return f->read;
}

static void test_a_device(void **state)
{
    X509 *certificate = make(*state), *root = read_certificate(((struct fixture *)*state)->root.certificate);
    char name[64] = "";
    struct tm tm;

    assert_int_equal(X509_verify(certificate, X509_get0_pubkey(root)), 1);
    assert_int_equal(X509_check_issued(root, certificate), X509_V_OK);
    assert_int_equal(X509_check_ca(certificate), 0);
    assert_int_equal(X509_get_key_usage(certificate), KU_DIGITAL_SIGNATURE);
    assert_int_equal(X509_get_extended_key_usage(certificate), XKU_SSL_CLIENT);
    assert_int_equal(X509_get_signature_nid(certificate), NID_ecdsa_with_SHA256);
    X509_NAME_oneline(X509_get_subject_name(certificate), name, sizeof(name));
    assert_string_equal(name, "/CN=device");
    assert_int_equal(ASN1_TIME_to_tm(X509_get0_notBefore(certificate), &tm), 1);
    assert_int_equal(timegm(&tm), 1700000000);
    assert_int_equal(ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &tm), 1);
    assert_int_equal(timegm(&tm), 1800000000);
    X509_free(root);
}

static void test_a_server(void **state)
{
    struct fixture *f = *state;

    f->profile.kind = CERTIFICATE_SERVER;
    f->profile.common_name = "api.example.org";
    make(f);
    assert_int_equal(X509_check_host(f->read, "api.example.org", 0, 0, NULL), 1);
    assert_int_equal(X509_check_host(f->read, "example.org", 0, 0, NULL), 0);
    assert_int_equal(X509_get_extended_key_usage(f->read), XKU_SSL_SERVER);
}

static void test_authorities(void **state)
{
    struct fixture *f = *state;
    X509 *root = read_certificate(f->root.certificate);

    assert_int_equal(X509_check_ca(root), 1);
    assert_int_equal(X509_get_pathlen(root), -1);
    assert_int_equal(X509_verify(root, X509_get0_pubkey(root)), 1);
    f->profile.kind = CERTIFICATE_ISSUING;
    make(f);
    assert_int_equal(X509_check_ca(f->read), 1);
    assert_int_equal(X509_get_pathlen(f->read), 1);
    assert_int_equal(X509_get_key_usage(f->read), KU_KEY_CERT_SIGN | KU_CRL_SIGN);
    X509_free(root);
}

static void test_faults(void **state)
{
    struct fixture *f = *state;

    f->profile.purpose = GNUTLS_KP_TLS_WWW_SERVER;
    f->profile.digest = GNUTLS_DIG_SHA384;
    make(f);
    assert_int_equal(X509_get_extended_key_usage(f->read), XKU_SSL_SERVER);
    assert_int_equal(X509_get_signature_nid(f->read), NID_ecdsa_with_SHA384);
    f->profile.no_usage = true;
    make(f);
    assert_int_equal(X509_get_ext_by_NID(f->read, NID_key_usage, -1), -1);
    assert_int_equal(X509_get_ext_by_NID(f->read, NID_ext_key_usage, -1), -1);
    f->profile.renamed = true;
    make(f);
    assert_int_equal(X509_NAME_entry_count(X509_get_subject_name(f->read)), 2);
    assert_int_equal(X509_check_host(f->read, "device.example.org", 0, 0, NULL), 1);
}

static void test_the_identifier_of_another_issuer(void **state)
{
    struct fixture *f = *state;
    struct certificate_profile other = f->profile;
    const ASN1_OCTET_STRING *of_root, *of_device;
    gnutls_x509_crt_t device;
    X509 *read;

    assert_int_equal(certificate_make(&other, &f->root, &device), 0);
    of_root = X509_get0_authority_key_id(make(f));
    f->profile.key_id_of = device;
    read = read_certificate(device);
    assert_int_equal(ASN1_OCTET_STRING_cmp(of_root, X509_get0_authority_key_id(read)), 0);
    of_device = X509_get0_authority_key_id(make(f));
    assert_int_equal(ASN1_OCTET_STRING_cmp(of_device, X509_get0_subject_key_id(read)), 0);
    X509_free(read);
    gnutls_x509_crt_deinit(device);
}

static void test_serial_numbers(void **state)
{
    char serial[SERIAL_HEX_LENGTH + 1], *expected;

    for (size_t i = 0; i < 20; i++) {
        BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(make(*state)), NULL);

        expected = BN_bn2hex(number);
        assert_int_equal(certificate_read_serial(((struct fixture *)*state)->made, serial), 0);
        assert_int_equal(strlen(serial), 2 * SERIAL_SIZE);
        assert_int_equal(strcasecmp(serial, expected), 0);
        OPENSSL_free(expected);
        BN_free(number);
    }
}

static void test_common_name(void **state)
{
    struct fixture *f = *state;
    char name[7];

    make(f);
    assert_int_equal(certificate_read_common_name(f->made, name, sizeof(name)), 0);
    assert_string_equal(name, "device");
    assert_int_equal(certificate_read_common_name(f->made, name, sizeof(name) - 1), -EBADMSG);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_device),
        TEST(test_a_server),
        TEST(test_authorities),
        TEST(test_faults),
        TEST(test_the_identifier_of_another_issuer),
        TEST(test_serial_numbers),
        TEST(test_common_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
