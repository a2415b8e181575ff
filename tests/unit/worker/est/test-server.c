#include "worker/est/server.h"

#include "unit/helpers/test-certificates.h"

#include <errno.h>
#include <stdio.h>

#define URL "\"url\":\"https://est.example/eu\""

/* Reads settings. The texts that they borrow are freed when it returns. */
static int settings(const char *text, struct est *est, struct call_context *context)
{
    json_object *object = NULL;

    assert_int_equal(json_parse(text, strlen(text), &object), 0);
    *context = (struct call_context){ .failure = FAILURE_INIT };
    int r = est_settings_read(context, object, est);
    json_object_put(object);
    return r;
}

static void test_defaults(void **state)
{
    struct est est;
    struct call_context context;

    (void)state;
    assert_int_equal(settings("{" URL "}", &est, &context), 0);
    assert_null(est.tls_anchors);
    assert_null(est.anchors);
    assert_null(est.intermediates);
    assert_string_equal(est.fingerprint, "");
    assert_false(est.send_chain || est.server_keygen);
    assert_true(est.csr_attributes);
    assert_int_equal(est.possession, EST_POSSESSION_AUTO);
    assert_int_equal(est.policy, CERTIFICATE_ANY);
    est_settings_done(&est);
}

static void test_all(void **state)
{
    struct est est;
    struct call_context context;

    (void)state;
    assert_int_equal(settings("{" URL ",\"sendChain\":true,\"csrAttributes\":false,\"serverKeygen\":true,"
                              "\"proofOfPossession\":\"never\",\"subjectPolicy\":\"same\"}",
                         &est, &context),
        0);
    assert_true(est.send_chain && est.server_keygen);
    assert_false(est.csr_attributes);
    assert_int_equal(est.possession, EST_POSSESSION_NEVER);
    assert_int_equal(est.policy, CERTIFICATE_SAME);
    est_settings_done(&est);
    assert_int_equal(settings("{" URL ",\"proofOfPossession\":\"always\",\"subjectPolicy\":\"common_name\"}",
                         &est, &context),
        0);
    assert_int_equal(est.possession, EST_POSSESSION_ALWAYS);
    assert_int_equal(est.policy, CERTIFICATE_COMMON_NAME);
    est_settings_done(&est);
}

static void test_fingerprint(void **state)
{
#define HEX "0123456789abcdef"
#define WITH(fingerprint) "{" URL ",\"fingerprint\":\"" fingerprint "\"}"
    static const char *const good[] = {
        WITH(HEX HEX HEX HEX),
        WITH("0123456789ABCDEF" HEX HEX HEX),
        WITH("01:23:45:67:89:ab:cd:ef:" HEX HEX HEX),
        WITH("01 23 45 67 89 ab cd ef " HEX HEX HEX),
    };
    static const char *const bad[] = {
        WITH(""),
        WITH(HEX),
        WITH(HEX HEX HEX HEX "0"),
        WITH(HEX HEX HEX "0123456789abcdeg"),
    };
    struct est est;
    struct call_context context;

    (void)state;
    for (size_t i = 0; i < ELEMENTS(good); i++) {
        assert_int_equal(settings(good[i], &est, &context), 0);
        assert_string_equal(est.fingerprint, HEX HEX HEX HEX);
        est_settings_done(&est);
    }
    for (size_t i = 0; i < ELEMENTS(bad); i++) {
        assert_int_equal(settings(bad[i], &est, &context), -EINVAL);
        assert_string_equal(context.invalid, "est.fingerprint");
    }
}

static void test_certificates(void **state)
{
    _cleanup_pkey_ EVP_PKEY *key = make_key();
    struct recipe recipe = CA_RECIPE("ca", key);
    _cleanup_x509_ X509 *ca = make_certificate(&recipe);
    _cleanup_x509_stack_ STACK_OF(X509) *two = make_stack(ca, NULL, NULL);
    _cleanup_json_ json_object *object = json_object_new_object();
    _cleanup_free_ char *pem = NULL;
    struct est est = { 0 };
    struct call_context context = { .failure = FAILURE_INIT };

    (void)state;
    assert_int_equal(certificates_to_pem(two, 0, &pem), 0);
    json_add_string(object, "url", "https://est.example");
    json_add_string(object, "tlsAnchors", pem);
    json_add_string(object, "anchors", pem);
    json_add_string(object, "intermediates", pem);
    assert_int_equal(est_settings_read(&context, object, &est), 0);
    assert_string_equal(est.tls_anchors, pem);
    assert_int_equal(sk_X509_num(est.anchors), 1);
    assert_int_equal(X509_cmp(sk_X509_value(est.intermediates, 0), ca), 0);
    est_settings_done(&est);
    assert_null(est.anchors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_all),
        cmocka_unit_test(test_fingerprint),
        cmocka_unit_test(test_certificates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
