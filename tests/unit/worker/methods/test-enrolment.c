/* The methods of the EST server, with one in the test. */
#include "worker/methods/enrolment.h"

#include "common/log.h"
#include "unit/helpers/est-server.h"
#include "unit/helpers/worker-method.h"
#include "worker/x509/key.h"

static struct tls_server server;
static struct est_server est;
static struct http *http;
static EVP_PKEY *key;
static char *key_pem, *ca_pem, url[256];

static int set_up(void **state)
{
    (void)state;
    log_set_level(LOG_EMERG);
    est = (struct est_server){ 0 };
    server = (struct tls_server){ .answer = est_server_answer, .userdata = &est };
    tls_server_start(&server);
    http = http_new(-1);
    key = make_key();
    key_pem = to_pem(NULL, key);
    ca_pem = to_pem(server.ca, NULL);
    snprintf(url, sizeof(url), "%s", tls_server_url(&server, EST_PATH));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    http_free(http);
    EVP_PKEY_free(key);
    free(key_pem);
    free(ca_pem);
    tls_server_stop(&server);
    return 0;
}

/* Makes {"est":{"url":...}} with more members, in which ' stands for ". */
static json_object *make_parameters(const char *more)
{
    return json_of("{'est':{'url':'%s'}%s}", url, more);
}

/* Adds the key and the anchors of Enroll and Reenroll. */
static json_object *make_request(const char *more)
{
    json_object *parameters = make_parameters(more);

    assert_int_equal(json_add_string(parameters, "privateKey", key_pem), 0);
    assert_int_equal(json_add_string(parameters, "trustAnchors", ca_pem), 0);
    return parameters;
}

static void test_trust_anchors(void **state)
{
    json_object *parameters = make_parameters("");
    _cleanup_json_ json_object *first = method_call(method_fetch_trust_anchors, http, &server, parameters);

    (void)state;
    assert_string_equal(reply_text(first, "trustAnchors"), ca_pem);
    parameters = make_parameters("");
    json_add_string(parameters, "previous", ca_pem);
    _cleanup_json_ json_object *second = method_call(method_fetch_trust_anchors, http, &server, parameters);
    assert_string_equal(reply_text(second, "trustAnchors"), ca_pem);

    parameters = make_parameters(",'previous':'x'");
    _cleanup_json_ json_object *refused = method_call(method_fetch_trust_anchors, http, &server, parameters);
    assert_string_equal(reply_text(refused, "parameter"), "previous");
}

/* A CA that does not link to a known one is refused. */
static void test_foreign_anchors(void **state)
{
    _cleanup_pkey_ EVP_PKEY *other_key = make_key();
    struct recipe recipe = CA_RECIPE("other CA", other_key);
    _cleanup_x509_ X509 *other = make_certificate(&recipe);
    _cleanup_free_ char *other_pem = to_pem(other, NULL);
    json_object *parameters = make_parameters("");

    (void)state;
    json_add_string(parameters, "previous", other_pem);
    _cleanup_json_ json_object *reply = method_call(method_fetch_trust_anchors, http, &server, parameters);
    assert_string_equal(reply_text(reply, "reason"), "certificate_unusable");
}

static void test_csr_attributes(void **state)
{
    _cleanup_json_ json_object *none =
        method_call(method_get_csr_attributes, http, &server, make_parameters(""));

    (void)state;
    assert_string_equal(json_text(none, NULL), "{\"parameters\":{}}");
    /* challengePassword */
    est.attributes = "MAsGCSqGSIb3DQEJBw==";
    _cleanup_json_ json_object *some =
        method_call(method_get_csr_attributes, http, &server, make_parameters(""));
    json_object *attributes = json_get_object(json_get_object(some, "parameters"), "attributes");
    assert_true(json_get_bool(attributes, "challengePassword", false));
}

/* The reply has the certificate, but neither the root nor the caller's own key. */
static void test_enroll(void **state)
{
    (void)state;
    est.wants_password = true;
    _cleanup_json_ json_object *reply = method_call(method_enroll, http, &server,
        make_request(
            ",'commonName':'unit','enrollment':{'scheme':'basic','username':'joe','secret':'hush-hush'}"));
    json_object *info = json_get_object(json_get_object(reply, "parameters"), "info");
    assert_string_equal(json_get_string(info, "subject"), "CN=unit");
    assert_string_equal(json_get_string(info, "issuer"), "CN=test CA");
    assert_null(reply_text(reply, "chain"));
    assert_null(reply_text(reply, "privateKey"));
    assert_true(est.signature_is_good);

    BIO *bio = BIO_new_mem_buf(reply_text(reply, "certificate"), -1);
    X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    assert_non_null(certificate);
    assert_int_equal(X509_check_private_key(certificate, key), 1);
    assert_null(PEM_read_bio_X509(bio, NULL, NULL, NULL));
    ERR_clear_error();
    X509_free(certificate);
    BIO_free(bio);
}

static void test_enroll_with_bearer(void **state)
{
    (void)state;
    _cleanup_json_ json_object *reply = method_call(method_enroll, http, &server,
        make_request(",'commonName':'unit','enrollment':{'scheme':'bearer','secret':'once-only'}"));
    assert_non_null(reply_text(reply, "certificate"));
    assert_non_null(
        strstr(server.requests[server.n_requests - 1], "\r\nAuthorization: Bearer once-only\r\n"));
}

/* A key that the server has made comes with the certificate. */
static void test_server_keygen(void **state)
{
    json_object *parameters = make_request(",'commonName':'unit'");
    _cleanup_private_key_ struct private_key *made = NULL;

    (void)state;
    est.generates_key = true;
    json_add_bool(json_get_object(parameters, "est"), "serverKeygen", true);
    _cleanup_json_ json_object *reply = method_call(method_enroll, http, &server, parameters);
    assert_int_equal(private_key_load(reply_text(reply, "privateKey"), &made), 0);
    assert_int_equal(EVP_PKEY_eq(private_key_handle(made), key), 0);
}

static void test_reenroll(void **state)
{
    _cleanup_pkey_ EVP_PKEY *old_key = make_key();
    struct recipe recipe = DEVICE_RECIPE(old_key, server.ca, server.ca_key);
    _cleanup_x509_ X509 *current = make_certificate(&recipe);
    _cleanup_free_ char *certificate = to_pem(current, NULL), *pem = to_pem(NULL, old_key);
    json_object *parameters = make_request(""), *credentials = json_object_new_object();

    (void)state;
    json_add_string(credentials, "certificate", certificate);
    json_add_string(credentials, "privateKey", pem);
    json_add(parameters, "credentials", credentials);
    _cleanup_json_ json_object *reply = method_call(method_reenroll, http, &server, parameters);
    json_object *info = json_get_object(json_get_object(reply, "parameters"), "info");
    assert_string_equal(json_get_string(info, "subject"), "CN=device");
    assert_string_equal(server.client, "device");
    assert_non_null(strstr(server.requests[server.n_requests - 1], "POST " EST_PATH "/simplereenroll "));
}

/* Basic authentication needs a name. */
static void test_bad_parameters(void **state)
{
    (void)state;
    _cleanup_json_ json_object *nameless = method_call(method_enroll, http, &server,
        make_request(",'commonName':'unit','enrollment':{'scheme':'basic','secret':'hush-hush'}"));
    assert_string_equal(reply_text(nameless, "parameter"), "enrollment.username");

    json_object *parameters = make_parameters(",'commonName':'unit','trustAnchors':'x'");
    json_add_string(parameters, "privateKey", key_pem);
    _cleanup_json_ json_object *untrusting = method_call(method_enroll, http, &server, parameters);
    assert_string_equal(reply_text(untrusting, "parameter"), "trustAnchors");
    assert_int_equal(server.n_requests, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_trust_anchors),
        TEST(test_foreign_anchors),
        TEST(test_csr_attributes),
        TEST(test_enroll),
        TEST(test_enroll_with_bearer),
        TEST(test_server_keygen),
        TEST(test_reenroll),
        TEST(test_bad_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
