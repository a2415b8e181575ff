/* Exchanges with an EST server in the test. */
#include "worker/est/est.h"

#include "common/log.h"
#include "unit/helpers/est-server.h"
#include "unit/helpers/worker-call.h"

#include <errno.h>

static struct tls_server server;
static struct est_server behaviour;
static struct http *http;
static struct worker_call call;
static struct est est;
static struct private_key *key;
static STACK_OF(X509) * anchors;
static char url[256];

static int set_up(void **state)
{
    (void)state;
    log_set_level(LOG_EMERG);
    behaviour = (struct est_server){ 0 };
    server = (struct tls_server){ .answer = est_server_answer, .userdata = &behaviour };
    tls_server_start(&server);
    http = http_new(-1);
    worker_call_open(&call, http, server.anchors);
    snprintf(url, sizeof(url), "%s", tls_server_url(&server, EST_PATH));
    est = (struct est){ .url = url, .csr_attributes = true };
    anchors = make_stack(server.ca, NULL, NULL);
    return private_key_generate(KEY_EC_P256, &key);
}

static int tear_down(void **state)
{
    (void)state;
    sk_X509_pop_free(anchors, X509_free);
    key = private_key_free(key);
    http_free(http);
    worker_call_close(&call);
    tls_server_stop(&server);
    return 0;
}

static void expect_request(int i, const char *line)
{
    assert_true(i < server.n_requests);
    if (strncmp(server.requests[i], line, strlen(line)) != 0)
        fail_msg("%s", server.requests[i]);
}

static const struct est_identity joe = {
    .auth = HTTP_AUTH_PASSWORD, .username = "joe", .secret = "hush-hush"
};
static const struct est_identity nobody = { .auth = HTTP_AUTH_NONE };

/* "challengePassword" as the only attribute. */
#define CHALLENGE_WANTED "MAsGCSqGSIb3DQEJBw=="

static void test_anchors(void **state)
{
    _cleanup_x509_stack_ STACK_OF(X509) *fetched = NULL;

    (void)state;
    assert_int_equal(est_fetch_anchors(&call.context, &est, NULL, NULL, &fetched), 0);
    assert_int_equal(sk_X509_num(fetched), 1);
    assert_int_equal(X509_cmp(sk_X509_value(fetched, 0), server.ca), 0);
    expect_request(0, "GET " EST_PATH "/cacerts HTTP/1.1\r\n");
}

/* The attributes are asked for without a password first, then with it. */
static void test_attributes(void **state)
{
    struct csr_attributes attributes;
    bool any = true;

    (void)state;
    assert_int_equal(est_fetch_attributes(&call.context, &est, &joe, &attributes, &any), 0);
    assert_false(any);
    assert_int_equal(server.n_requests, 1);

    behaviour.attributes = CHALLENGE_WANTED;
    behaviour.wants_password = true;
    assert_int_equal(est_fetch_attributes(&call.context, &est, &joe, &attributes, &any), 0);
    assert_true(any && attributes.challenge_password);
    assert_null(strstr(server.requests[1], "\r\nAuthorization:"));
    assert_non_null(strstr(server.requests[server.n_requests - 1], "\r\nAuthorization: Basic "));

    /* Without a password the attributes are left out. */
    assert_int_equal(est_fetch_attributes(&call.context, &est, &nobody, &attributes, &any), 0);
    assert_false(any);
}

/* A prefetch saves the later requests. */
static void test_prefetch(void **state)
{
    _cleanup_x509_stack_ STACK_OF(X509) *fetched = NULL;
    struct csr_attributes attributes;
    bool any;

    (void)state;
    assert_int_equal(est_prefetch(&call.context, &est), 0);
    assert_int_equal(est_fetch_anchors(&call.context, &est, NULL, NULL, &fetched), 0);
    assert_int_equal(est_fetch_attributes(&call.context, &est, &joe, &attributes, &any), 0);
    assert_int_equal(server.n_requests, 2);
}

static void expect_chain(STACK_OF(X509) * chain, EVP_PKEY *of, const char *name)
{
    char subject[64];

    assert_int_equal(sk_X509_num(chain), 2);
    assert_int_equal(EVP_PKEY_eq(X509_get0_pubkey(sk_X509_value(chain, 0)), of), 1);
    X509_NAME_get_text_by_NID(
        X509_get_subject_name(sk_X509_value(chain, 0)), NID_commonName, subject, sizeof(subject));
    assert_string_equal(subject, name);
    assert_int_equal(X509_cmp(sk_X509_value(chain, 1), server.ca), 0);
}

static void test_enroll(void **state)
{
    const struct est_subject subject = { .key = key, .common_name = "unit", .anchors = anchors };
    _cleanup_x509_stack_ STACK_OF(X509) *chain = NULL;
    struct private_key *made = NULL;

    (void)state;
    behaviour.wants_password = true;
    assert_int_equal(est_enroll(&call.context, &est, &joe, &subject, &chain, &made), 0);
    expect_chain(chain, private_key_handle(key), "unit");
    assert_null(made);
    assert_string_equal(behaviour.common_name, "unit");
    assert_string_equal(behaviour.challenge, "");
    assert_true(behaviour.signature_is_good);
    expect_request(server.n_requests - 1, "POST " EST_PATH "/simpleenroll HTTP/1.1\r\n");
    assert_non_null(
        strstr(server.requests[server.n_requests - 1], "\r\nContent-Type: application/pkcs10\r\n"));
}

/* The challenge password is the tls-unique of the very connection, and the signature covers it. */
static void test_proof_of_possession(void **state)
{
    const struct est_subject subject = { .key = key, .common_name = "unit", .anchors = anchors };
    _cleanup_x509_stack_ STACK_OF(X509) *chain = NULL, *second = NULL;
    struct private_key *made = NULL;

    (void)state;
    behaviour.attributes = CHALLENGE_WANTED;
    assert_int_equal(est_enroll(&call.context, &est, &nobody, &subject, &chain, &made), 0);
    expect_chain(chain, private_key_handle(key), "unit");
    assert_string_equal(behaviour.challenge, server.unique);
    assert_true(behaviour.signature_is_good);

    est.possession = EST_POSSESSION_NEVER;
    assert_int_equal(est_enroll(&call.context, &est, &nobody, &subject, &second, &made), 0);
    assert_string_equal(behaviour.challenge, "");
}

static void test_reenroll(void **state)
{
    _cleanup_pkey_ EVP_PKEY *old_key = make_key();
    struct recipe recipe = DEVICE_RECIPE(old_key, server.ca, server.ca_key);
    _cleanup_x509_ X509 *current = make_certificate(&recipe);
    _cleanup_free_ char *certificate = to_pem(current, NULL), *pem = to_pem(NULL, old_key);
    const struct http_client_certificate client = { .certificate = certificate, .private_key = pem };
    const struct est_identity identity = { .auth = HTTP_AUTH_NONE, .client = &client };
    const struct est_subject subject = { .key = key, .current = current, .anchors = anchors };
    _cleanup_x509_stack_ STACK_OF(X509) *chain = NULL;
    struct private_key *made = NULL;

    (void)state;
    assert_int_equal(est_enroll(&call.context, &est, &identity, &subject, &chain, &made), 0);
    expect_chain(chain, private_key_handle(key), "device");
    expect_request(server.n_requests - 1, "POST " EST_PATH "/simplereenroll HTTP/1.1\r\n");
    assert_string_equal(server.client, "device");
}

static void test_server_keygen(void **state)
{
    const struct est_subject subject = { .key = key, .common_name = "unit", .anchors = anchors };
    _cleanup_x509_stack_ STACK_OF(X509) *chain = NULL;
    _cleanup_private_key_ struct private_key *made = NULL;

    (void)state;
    est.server_keygen = behaviour.generates_key = true;
    assert_int_equal(est_enroll(&call.context, &est, &nobody, &subject, &chain, &made), 0);
    assert_non_null(made);
    expect_chain(chain, private_key_handle(made), "unit");
    assert_int_equal(EVP_PKEY_eq(private_key_handle(made), private_key_handle(key)), 0);
    expect_request(server.n_requests - 1, "POST " EST_PATH "/serverkeygen HTTP/1.1\r\n");
}

/* A key that the server doesn't take is not sent; the failure names one that it takes. */
static void test_key_type(void **state)
{
    /* rsaEncryption with 2048 bits. */
    static const unsigned char der[] = { 0x30, 0x13, 0x30, 0x11, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7,
        0x0d, 0x01, 0x01, 0x01, 0x31, 0x04, 0x02, 0x02, 0x08, 0x00 };
    const struct est_subject subject = { .key = key, .common_name = "unit", .anchors = anchors };
    STACK_OF(X509) *chain = NULL;
    struct private_key *made = NULL;

    (void)state;
    behaviour.attributes = est_server_encode(der, sizeof(der));
    assert_int_equal(est_enroll(&call.context, &est, &nobody, &subject, &chain, &made), -EREMOTEIO);
    assert_int_equal(call.context.failure.reason, REASON_CERTIFICATE_UNUSABLE);
    assert_string_equal(json_get_string(call.context.failure.details, "keyType"), "rsa_2048");
    assert_int_equal(server.n_requests, 1);
}

/* One redirect to another path of the same server is followed; none to another host, and none with a secret in its
 * URL. */
static void test_redirects(void **state)
{
    _cleanup_x509_stack_ STACK_OF(X509) *fetched = NULL, *none = NULL;
    static const char *const refused[] = { "https://other.example/cacerts", "/hush-hush/cacerts" };

    (void)state;
    behaviour.redirect = "/elsewhere/cacerts";
    assert_int_equal(est_fetch_anchors(&call.context, &est, NULL, NULL, &fetched), 0);
    expect_request(1, "GET /elsewhere/cacerts HTTP/1.1\r\n");

    for (size_t i = 0; i < ELEMENTS(refused); i++) {
        int n = server.n_requests;

        behaviour.redirect = refused[i];
        assert_int_equal(est_fetch_anchors(&call.context, &est, NULL, NULL, &none), -EREMOTEIO);
        assert_int_equal(call.context.failure.reason, REASON_UNEXPECTED_REPLY);
        assert_int_equal(server.n_requests, n + 1);
    }
}

static void test_bad_parameters(void **state)
{
    const struct est_subject subject = { .key = key, .common_name = "", .anchors = anchors };
    STACK_OF(X509) *none = NULL;
    struct private_key *made = NULL;

    (void)state;
    assert_int_equal(est_enroll(&call.context, &est, &nobody, &subject, &none, &made), -EINVAL);
    assert_string_equal(call.context.invalid, "commonName");
    est.url = "https://a.example/#x";
    assert_int_equal(est_fetch_anchors(&call.context, &est, NULL, NULL, &none), -EINVAL);
    assert_string_equal(call.context.invalid, "est.url");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_anchors),
        TEST(test_attributes),
        TEST(test_prefetch),
        TEST(test_enroll),
        TEST(test_proof_of_possession),
        TEST(test_reenroll),
        TEST(test_server_keygen),
        TEST(test_key_type),
        TEST(test_redirects),
        TEST(test_bad_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
