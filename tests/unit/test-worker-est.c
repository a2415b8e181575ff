#include "../../src/worker/est.h"

#include "../../src/worker/base64.h"
#include "test-worker-fixture.h"

#include <errno.h>
#include <openssl/pkcs7.h>
#include <stdio.h>

static EVP_PKEY *ca_key;
static X509 *ca, *leaf;
static struct private_key *ours;

static int set_up(void **state)
{
    (void)state;
    ca_key = make_key();
    struct recipe recipe = CA_RECIPE("ca", ca_key);
    ca = make_certificate(&recipe);
    assert_int_equal(private_key_generate(KEY_EC_P256, &ours), 0);
    struct recipe device = DEVICE_RECIPE(private_key_handle(ours), ca, ca_key);
    leaf = make_certificate(&device);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    EVP_PKEY_free(ca_key);
    X509_free(ca);
    X509_free(leaf);
    private_key_free(ours);
    return 0;
}

/* The two certificates, the CA first, as a server sends them. */
static char *bundle(void)
{
    PKCS7 *p7 = PKCS7_new();
    _cleanup_openssl_ unsigned char *der = NULL;
    char *text;
    size_t size;

    PKCS7_set_type(p7, NID_pkcs7_signed);
    PKCS7_content_new(p7, NID_pkcs7_data);
    PKCS7_add_certificate(p7, ca);
    PKCS7_add_certificate(p7, leaf);
    int length = i2d_PKCS7(p7, &der);
    PKCS7_free(p7);
    assert_int_equal(base64_encode(der, (size_t)length, &text, &size), 0);
    return text;
}

static char *ca_pem(void)
{
    _cleanup_bio_ BIO *bio = BIO_new(BIO_s_mem());
    char *data;

    PEM_write_bio_X509(bio, ca);
    long size = BIO_get_mem_data(bio, &data);
    return strndup(data, (size_t)size);
}

static struct http_response make_response(long status, char *body)
{
    return (struct http_response){
        .url = { .authority = "est.example:443" },
        .status = status,
        .content_type = "text/plain",
        .body = body,
        .size = strlen(body),
        .retry_after = 30,
        .clock_known = true,
    };
}

static enum reason enrolled(long status, const char *body, int64_t clock_offset, char *message)
{
    _cleanup_free_ char *copy = strdup(body);
    _cleanup_x509_stack_ STACK_OF(X509) *anchors = make_stack(ca, NULL, NULL), *chain = NULL;
    struct http_response response = make_response(status, copy);
    struct est_subject subject = { .key = ours, .common_name = "device", .anchors = anchors };
    struct job job = { .failure = FAILURE_INIT };

    response.clock_offset = clock_offset;
    int r = est_answer_enrolled(&job, &response, &subject, &chain);
    if (message)
        strcpy(message, job.failure.message);
    if (r == 0) {
        assert_int_equal(X509_cmp(sk_X509_value(chain, 0), leaf), 0);
        return REASON_NONE;
    }
    assert_int_equal(r, -EREMOTEIO);
    assert_int_equal(job.failure.http_status, status);
    assert_int_equal(job.failure.retry_after, 30);
    return job.failure.reason;
}

static void test_enrolled(void **state)
{
    _cleanup_free_ char *body = bundle();

    (void)state;
    assert_int_equal(enrolled(200, body, 0, NULL), REASON_NONE);
    assert_int_equal(enrolled(201, body, 0, NULL), REASON_NONE);
    assert_int_equal(enrolled(200, "", 0, NULL), REASON_UNEXPECTED_REPLY);
    assert_int_equal(enrolled(204, "", 0, NULL), REASON_UNEXPECTED_REPLY);
    assert_int_equal(enrolled(200, "<html>", 0, NULL), REASON_UNEXPECTED_REPLY);
    assert_int_equal(enrolled(202, "", 0, NULL), REASON_EST_PENDING);
    assert_int_equal(enrolled(302, "", 0, NULL), REASON_UNEXPECTED_REPLY);
    assert_int_equal(enrolled(400, "x", 0, NULL), REASON_EST_REJECTED);
    assert_int_equal(enrolled(401, "x", 0, NULL), REASON_EST_REJECTED);
    assert_int_equal(enrolled(401, "x", 3600, NULL), REASON_CLOCK_SKEW);
    assert_int_equal(enrolled(401, "x", -3600, NULL), REASON_CLOCK_SKEW);
    assert_int_equal(enrolled(403, "x", 3600, NULL), REASON_EST_REJECTED);
    assert_int_equal(enrolled(429, "x", 0, NULL), REASON_RATE_LIMITED);
    assert_int_equal(enrolled(503, "x", 0, NULL), REASON_SERVER_ERROR);
}

static void test_not_ours(void **state)
{
    _cleanup_free_ char *body = ca_pem();

    (void)state;
    assert_int_equal(enrolled(200, body, 0, NULL), REASON_CERTIFICATE_UNUSABLE);
}

static void test_error_bodies_are_cut_and_printable(void **state)
{
    char body[5000], message[sizeof((struct failure){ 0 }.message)];

    (void)state;
    memset(body, 'y', sizeof(body));
    memcpy(body, "No \x1b[31m\r\n", 10);
    body[sizeof(body) - 1] = 0;
    assert_int_equal(enrolled(400, body, 0, message), REASON_EST_REJECTED);
    assert_true(strlen(message) < 320);
    assert_non_null(strstr(message, "it answered 400 \"No \\x1b[31m\\x0d\\x0ayyy"));
}

static enum reason anchors_of(long status, const char *body)
{
    _cleanup_free_ char *copy = strdup(body);
    _cleanup_x509_stack_ STACK_OF(X509) *anchors = NULL;
    struct http_response response = make_response(status, copy);
    struct job job = { .failure = FAILURE_INIT };

    if (est_answer_anchors(&job, &response, &anchors) == 0) {
        assert_int_equal(X509_cmp(sk_X509_value(anchors, 0), ca), 0);
        return REASON_NONE;
    }
    assert_null(anchors);
    return job.failure.reason;
}

static void test_anchors(void **state)
{
    _cleanup_free_ char *pem = ca_pem(), *both = bundle();

    (void)state;
    assert_int_equal(anchors_of(200, pem), REASON_NONE);
    /* A device's certificate among them. */
    assert_int_equal(anchors_of(200, both), REASON_CERTIFICATE_UNUSABLE);
    assert_int_equal(anchors_of(200, ""), REASON_UNEXPECTED_REPLY);
    assert_int_equal(anchors_of(204, ""), REASON_UNEXPECTED_REPLY);
    assert_int_equal(anchors_of(404, pem), REASON_UNEXPECTED_REPLY);
    assert_int_equal(anchors_of(401, ""), REASON_UNEXPECTED_REPLY);
    assert_int_equal(anchors_of(429, ""), REASON_RATE_LIMITED);
    assert_int_equal(anchors_of(500, ""), REASON_SERVER_ERROR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_enrolled),
        cmocka_unit_test(test_not_ours),
        cmocka_unit_test(test_error_bodies_are_cut_and_printable),
        cmocka_unit_test(test_anchors),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
