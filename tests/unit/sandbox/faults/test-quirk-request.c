/* The quirks in what EST servers demand of a certificate request. */
#include "unit/helpers/sandbox/faults.h"

#include "sandbox/base/base64.h"
#include "sandbox/faults/quirk.h"
#include "sandbox/faults/words.h"
#include "sandbox/x509/authority.h"

#include <string.h>
#include <time.h>

/* A key, a request with it, the certificate before, and a submission of all. */
static struct {
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t certificate;
    struct csr csr;
    struct request request;
    struct submission submission;
} world;

static gnutls_x509_privkey_t make_key(gnutls_pk_algorithm_t algorithm, unsigned bits)
{
    gnutls_x509_privkey_t key;

    assert_int_equal(gnutls_x509_privkey_init(&key), 0);
    assert_int_equal(gnutls_x509_privkey_generate(key, algorithm, bits, 0), 0);
    return key;
}

/* Begins a request; the caller frees it. */
static gnutls_x509_crq_t begin_request(gnutls_x509_privkey_t key, const char *name)
{
    gnutls_x509_crq_t request;

    assert_int_equal(gnutls_x509_crq_init(&request), 0);
    assert_int_equal(gnutls_x509_crq_set_version(request, 1), 0);
    assert_int_equal(
        gnutls_x509_crq_set_dn_by_oid(request, GNUTLS_OID_X520_COMMON_NAME, 0, name, (unsigned)strlen(name)),
        0);
    assert_int_equal(gnutls_x509_crq_set_key(request, key), 0);
    return request;
}

/* Signs the request, frees it and submits it. */
static void submit(gnutls_x509_crq_t request, gnutls_x509_privkey_t key, gnutls_digest_algorithm_t digest)
{
    gnutls_datum_t der = { NULL, 0 };
    const char *problem;
    char *text;
    size_t size;

    assert_int_equal(gnutls_x509_crq_sign2(request, key, digest, 0), 0);
    assert_int_equal(gnutls_x509_crq_export2(request, GNUTLS_X509_FMT_DER, &der), 0);
    gnutls_x509_crq_deinit(request);
    assert_int_equal(base64_encode_lines(&der, BASE64_COLUMNS, "\n", &text, &size), 0);
    csr_done(&world.csr);
    assert_int_equal(csr_parse(text, size, &world.csr, &problem), 0);
    gnutls_free(der.data);
    free(text);
}

static int set_up(void **state)
{
    static const struct authority no_certificate = { NULL, NULL };
    struct certificate_profile profile = { .kind = CERTIFICATE_DEVICE, .common_name = "device" };
    struct authority self = no_certificate;

    (void)state;
    self.key = world.key = make_key(GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1));
    if (certificate_make_public_key(world.key, &profile.key) < 0 ||
        certificate_make(&profile, &self, &world.certificate) < 0)
        return -1;
    gnutls_pubkey_deinit(profile.key);
    submit(begin_request(world.key, "device"), world.key, GNUTLS_DIG_SHA256);
    world.request = (struct request){
        .path = "/.well-known/est/eu/simplereenroll",
        .content_type = "application/pkcs10",
        .content_transfer_encoding = "base64",
        .body = "",
    };
    world.submission = (struct submission){
        .request = &world.request,
        .csr = &world.csr,
        .current = world.certificate,
        .label = "eu",
    };
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    csr_done(&world.csr);
    gnutls_x509_crt_deinit(world.certificate);
    gnutls_x509_privkey_deinit(world.key);
    return 0;
}

/* Runs one check; returns whether the request passed, else with that status. */
static bool passes(const char *kind, const char *name, unsigned status)
{
    struct fault_set set = set_of(kind, name);
    const struct fault_word *word;
    const char *problem;

    assert_int_equal(fault_find_words(&set, STAGE_CHECK, NULL, &word, 1), 1);
    assert_int_equal(word->status, status);
    problem = word->check(&world.submission);
    assert_true(!problem || problem[strlen(problem) - 1] == '.');
    return !problem;
}

static void set_body(const char *body)
{
    world.request.body = body;
    world.request.size = strlen(body);
}

#define COLUMNS_64 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static void test_lines(void **state)
{
    (void)state;
    set_body(COLUMNS_64 "\nAAAA\n");
    assert_true(passes("needs", "newline", 400));
    assert_true(passes("needs", "columns", 400));
    set_body(COLUMNS_64 "\nAAAA");
    assert_false(passes("needs", "newline", 400));
    assert_true(passes("needs", "columns", 400));
    set_body(COLUMNS_64 "A\n");
    assert_false(passes("needs", "columns", 400));
    set_body("AAAA\nAAAA\n");
    assert_false(passes("needs", "columns", 400));
    set_body("");
    assert_false(passes("needs", "newline", 400));
}

static void test_headers(void **state)
{
    (void)state;
    assert_true(passes("needs", "exact-type", 400));
    assert_true(passes("needs", "transfer-encoding", 415));
    assert_true(passes("needs", "no-expect", 417));
    assert_true(passes("needs", "length", 411));
    world.request.content_type = "application/pkcs10; charset=utf-8";
    world.request.content_transfer_encoding = "binary";
    world.request.expect = "100-continue";
    world.request.transfer_encoding = "chunked";
    assert_false(passes("needs", "exact-type", 400));
    assert_false(passes("needs", "transfer-encoding", 415));
    assert_false(passes("needs", "no-expect", 417));
    assert_false(passes("needs", "length", 411));
    world.request.content_transfer_encoding = NULL;
    assert_false(passes("needs", "transfer-encoding", 415));
}

static void test_labels(void **state)
{
    static const char *const wrong[] = { "/.well-known/est/simplereenroll",
        "/.well-known/est/EU/simplereenroll", "/.well-known/est/eux/simplereenroll",
        "/.well-known/est/e/simplereenroll" };

    (void)state;
    assert_true(passes("needs", "label", 404));
    for (size_t i = 0; i < ELEMENTS(wrong); i++) {
        world.request.path = wrong[i];
        assert_false(passes("needs", "label", 404));
    }
}

static void test_the_key_of_a_renewal(void **state)
{
    gnutls_x509_privkey_t other = make_key(GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1));

    (void)state;
    assert_false(passes("needs", "new-key", 400));
    submit(begin_request(other, "device"), other, GNUTLS_DIG_SHA256);
    assert_true(passes("needs", "new-key", 400));
    submit(begin_request(world.key, "device"), world.key, GNUTLS_DIG_SHA256);
    world.submission.current = NULL;
    assert_true(passes("needs", "new-key", 400));
    gnutls_x509_privkey_deinit(other);
}

static void test_names(void **state)
{
    gnutls_x509_crq_t request = begin_request(world.key, "device");

    (void)state;
    assert_true(passes("needs", "same-names", 403));
    assert_int_equal(
        gnutls_x509_crq_set_subject_alt_name(request, GNUTLS_SAN_DNSNAME, "a", 1, GNUTLS_FSAN_SET), 0);
    submit(request, world.key, GNUTLS_DIG_SHA256);
    assert_false(passes("needs", "same-names", 403));
    submit(begin_request(world.key, "other"), world.key, GNUTLS_DIG_SHA256);
    assert_false(passes("needs", "same-names", 403));
    world.submission.current = NULL;
    assert_true(passes("needs", "same-names", 403));
}

static void submit_usage(unsigned usage, const char *purpose)
{
    gnutls_x509_crq_t request = begin_request(world.key, "device");

    if (usage)
        assert_int_equal(gnutls_x509_crq_set_key_usage(request, usage), 0);
    if (purpose)
        assert_int_equal(gnutls_x509_crq_set_key_purpose_oid(request, purpose, 0), 0);
    submit(request, world.key, GNUTLS_DIG_SHA256);
}

static void test_usage(void **state)
{
    (void)state;
    assert_true(passes("needs", "exact-usage", 400));
    submit_usage(GNUTLS_KEY_DIGITAL_SIGNATURE, GNUTLS_KP_TLS_WWW_CLIENT);
    assert_true(passes("needs", "exact-usage", 400));
    submit_usage(GNUTLS_KEY_DIGITAL_SIGNATURE | GNUTLS_KEY_KEY_AGREEMENT, GNUTLS_KP_TLS_WWW_CLIENT);
    assert_false(passes("needs", "exact-usage", 400));
    submit_usage(0, GNUTLS_KP_TLS_WWW_SERVER);
    assert_false(passes("needs", "exact-usage", 400));
}

static void test_the_signature(void **state)
{
    (void)state;
    assert_true(passes("needs", "ca-signature", 400));
    submit(begin_request(world.key, "device"), world.key, GNUTLS_DIG_SHA384);
    assert_false(passes("needs", "ca-signature", 400));
}

static void assert_keys(
    gnutls_pk_algorithm_t algorithm, unsigned bits, bool ec, bool p384, bool rsa, bool rsa_3072)
{
    gnutls_x509_privkey_t key = make_key(algorithm, bits);

    submit(begin_request(key, "device"), key, GNUTLS_DIG_SHA256);
    assert_int_equal(passes("key", "ec", 400), ec);
    assert_int_equal(passes("key", "ec_p384", 400), p384);
    assert_int_equal(passes("key", "rsa", 400), rsa);
    assert_int_equal(passes("key", "rsa_3072", 400), rsa_3072);
    gnutls_x509_privkey_deinit(key);
}

static void test_keys(void **state)
{
    (void)state;
    assert_keys(GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), true, false, false, false);
    assert_keys(GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP384R1), true, true, false, false);
    assert_keys(GNUTLS_PK_RSA, 2048, false, false, true, false);
    assert_keys(GNUTLS_PK_RSA, 3072, false, false, true, true);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_lines),
        TEST(test_headers),
        TEST(test_labels),
        TEST(test_the_key_of_a_renewal),
        TEST(test_names),
        TEST(test_usage),
        TEST(test_the_signature),
        TEST(test_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
