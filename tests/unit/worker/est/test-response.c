#include "worker/est/response.h"

#include "unit/helpers/test-certificates.h"
#include "worker/x509/base64.h"

#include <errno.h>
#include <openssl/pkcs7.h>
#include <stdio.h>

static EVP_PKEY *ca_key;
static X509 *ca, *leaf;
static struct private_key *ours;
static char *both, *ca_pem; /* the two certificates as a server sends them, the CA first; the CA alone */

static char *make_bundle(void)
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

static int set_up(void **state)
{
    (void)state;
    ca_key = make_key();
    struct recipe recipe = CA_RECIPE("ca", ca_key);
    ca = make_certificate(&recipe);
    assert_int_equal(private_key_generate(KEY_EC_P256, &ours), 0);
    struct recipe device = DEVICE_RECIPE(private_key_handle(ours), ca, ca_key);
    leaf = make_certificate(&device);
    both = make_bundle();
    ca_pem = to_pem(ca, NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    EVP_PKEY_free(ca_key);
    X509_free(ca);
    X509_free(leaf);
    private_key_free(ours);
    free(both);
    free(ca_pem);
    return 0;
}

/* The body is borrowed. */
static struct http_response make_response(long status, const char *type, const char *body)
{
    struct http_response response = {
        .url = { .authority = "est.example:443" },
        .status = status,
        .body = (char *)(uintptr_t)body,
        .size = strlen(body),
        .retry_after = -1,
        .clock_known = true,
    };

    snprintf(response.content_type, sizeof(response.content_type), "%s", type);
    return response;
}

static enum reason enrolled_at(time_t now, struct http_response response, struct failure *failure)
{
    _cleanup_x509_stack_ STACK_OF(X509) *anchors = make_stack(ca, NULL, NULL), *chain = NULL;
    const struct certificate_expectation expected = {
        .key = private_key_handle(ours),
        .anchors = anchors,
        .now = now,
    };
    struct call_context context = { .failure = FAILURE_INIT };

    int r = est_answer_enrolled(&context, &response, &expected, &chain);
    *failure = context.failure;
    if (r == 0) {
        assert_int_equal(X509_cmp(sk_X509_value(chain, 0), leaf), 0);
        return REASON_NONE;
    }
    assert_int_equal(r, -EREMOTEIO);
    assert_int_equal(context.failure.http_status, response.status);
    return context.failure.reason;
}

static enum reason enrolled(struct http_response response, struct failure *failure)
{
    return enrolled_at(time(NULL), response, failure);
}

static void test_enrolled(void **state)
{
    static const struct {
        long status;
        const char *type, *body;
        enum reason reason;
    } table[] = {
        { 200, "", "", REASON_UNEXPECTED_REPLY },
        { 204, "", "", REASON_UNEXPECTED_REPLY },
        { 200, "text/html", "<html>", REASON_UNEXPECTED_REPLY },
        { 202, "", "", REASON_EST_PENDING },
        { 302, "", "", REASON_UNEXPECTED_REPLY },
        { 400, "text/plain", "x", REASON_EST_REJECTED },
        { 401, "application/json", "{}", REASON_EST_REJECTED },
        { 409, "application/xml", "<error/>", REASON_EST_REJECTED },
        { 422, "", "", REASON_EST_REJECTED },
        { 429, "", "x", REASON_RATE_LIMITED },
        { 408, "", "x", REASON_SERVER_ERROR },
        { 500, "", "x", REASON_SERVER_ERROR },
        { 503, "text/html", "<html>", REASON_SERVER_ERROR },
        /* The URL is wrong. */
        { 404, "text/plain", "x", REASON_UNEXPECTED_REPLY },
        { 405, "", "", REASON_UNEXPECTED_REPLY },
        { 501, "", "", REASON_UNEXPECTED_REPLY },
        /* A 403 is tried again. */
        { 403, "text/plain", "x", REASON_SERVER_ERROR },
        /* Captive portals. */
        { 400, "text/html; charset=utf-8", "Log in", REASON_UNEXPECTED_REPLY },
        { 401, "Text/HTML", "Log in", REASON_UNEXPECTED_REPLY },
        { 403, "", "\r\n<!DOCTYPE html>", REASON_UNEXPECTED_REPLY },
        { 407, "application/xhtml+xml", "x", REASON_UNEXPECTED_REPLY },
        { 511, "", " <HTML>", REASON_UNEXPECTED_REPLY },
    };
    struct failure failure;

    (void)state;
    assert_int_equal(enrolled(make_response(200, "", both), &failure), REASON_NONE);
    assert_int_equal(enrolled(make_response(201, "text/html", both), &failure), REASON_NONE);
    assert_int_equal(enrolled(make_response(200, "", ca_pem), &failure), REASON_CERTIFICATE_UNUSABLE);
    for (size_t i = 0; i < ELEMENTS(table); i++) {
        print_message("%zu: %ld\n", i, table[i].status);
        assert_int_equal(enrolled(make_response(table[i].status, table[i].type, table[i].body), &failure),
            table[i].reason);
        assert_int_equal(
            failure.retry_after, table[i].status == 403 && *table[i].type ? EST_FORBIDDEN_DELAY : -1);
    }
}

/* Only what a certificate authority can mean ends a registration. */
static void test_every_status(void **state)
{
    static const struct {
        long status;
        const char *words;
    } told[] = {
        { 413, "takes no request of this size: whoever runs" },
        { 421, "does not serve this name, on a second connection either: whoever runs" },
        { 426, "demands another protocol than the HTTP/1.1 that the agent speaks: whoever runs" },
        { 431, "takes no header fields of this size: whoever runs" },
        { 499, "gave up before the service behind it answered: the agent tries again" },
        { 418, "whoever runs the web server there has to look into its log: it answered 418" },
        { 511, "before a login to the network: log in" },
    };
    struct failure failure;

    (void)state;
    for (long status = 300; status < 600; status++) {
        struct http_response response = make_response(status, "text/plain", "x");
        bool final = status == 400 || status == 401 || status == 409 || status == 422;
        enum reason reason = enrolled(response, &failure);

        if (reason_is_permanent(reason) != final || (reason == REASON_EST_REJECTED) != final)
            fail_msg("%ld: %s", status, reason_to_string(reason));
        if (status >= 500 && status != 501 && status != 511)
            assert_int_equal(reason, REASON_SERVER_ERROR);
        for (size_t i = 0; i < ELEMENTS(told); i++)
            if (told[i].status == status && !strstr(failure.message, told[i].words))
                fail_msg("%s", failure.message);
    }
}

/* A certificate that only our clock makes invalid fails the call for the clock. */
static void test_enrolled_by_a_wrong_clock(void **state)
{
    const int64_t far = INT64_C(50) * 365 * 86400;
    struct http_response good = make_response(200, "", both), other = make_response(200, "", ca_pem);
    struct failure failure;

    (void)state;
    good.clock_offset = far;
    assert_int_equal(enrolled_at(time(NULL) + far, good, &failure), REASON_CLOCK_SKEW);
    assert_string_equal(failure.message, "The new certificate of est.example:443 can't be valid by this "
                                         "clock, which differs from the server's by "
                                         "1576800000 s.");
    good.clock_offset = -far;
    assert_int_equal(enrolled_at(time(NULL) - far, good, &failure), REASON_CLOCK_SKEW);

    /* The server has the same time, or tells none, or the certificate is bad at any time. */
    good.clock_offset = 0;
    assert_int_equal(enrolled_at(time(NULL) + far, good, &failure), REASON_CERTIFICATE_UNUSABLE);
    good.clock_offset = far;
    good.clock_known = false;
    assert_int_equal(enrolled_at(time(NULL) + far, good, &failure), REASON_CERTIFICATE_UNUSABLE);
    other.clock_offset = far;
    assert_int_equal(enrolled_at(time(NULL) + far, other, &failure), REASON_CERTIFICATE_UNUSABLE);
}

static void test_who_refuses(void **state)
{
    struct http_response response = make_response(401, "text/html", "<html>Unauthorized</html>");
    struct failure failure;

    (void)state;
    /* A page with a challenge comes from the server, not from a captive portal. */
    strcpy(response.www_authenticate, "Basic realm=\"est\"");
    assert_int_equal(enrolled(response, &failure), REASON_EST_REJECTED);
    response.clock_offset = 3600;
    assert_int_equal(enrolled(response, &failure), REASON_CLOCK_SKEW);
    response.clock_offset = -3600;
    assert_int_equal(enrolled(response, &failure), REASON_CLOCK_SKEW);
    response.status = 400;
    assert_int_equal(enrolled(response, &failure), REASON_EST_REJECTED);
}

/* Where a proxy intercepts TLS, a refusal is one of a request without the certificate that did not pass. */
static void test_intercepted(void **state)
{
    static const struct {
        long status;
        enum reason reason;
    } table[] = {
        { 400, REASON_TLS_INTERCEPTED },
        { 401, REASON_TLS_INTERCEPTED },
        { 403, REASON_TLS_INTERCEPTED },
        { 496, REASON_TLS_INTERCEPTED },
        { 404, REASON_UNEXPECTED_REPLY },
        { 422, REASON_EST_REJECTED },
        { 429, REASON_RATE_LIMITED },
        { 503, REASON_SERVER_ERROR },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(table); i++) {
        struct http_response response = make_response(table[i].status, "text/plain", "no");
        struct failure failure;

        response.intercepted = true;
        assert_int_equal(enrolled(response, &failure), table[i].reason);
    }
}

/* nginx's page: what a renewal showed is refused; an enrolment has nothing to show yet. */
static void test_pages_about_certificates(void **state)
{
    struct http_response response =
        make_response(400, "text/html", "<center>The SSL certificate error</center>");
    struct certificate_expectation expected = { .now = time(NULL) };
    _cleanup_x509_stack_ STACK_OF(X509) *chain = NULL;
    struct call_context context = { .failure = FAILURE_INIT };

    (void)state;
    assert_int_equal(est_answer_enrolled(&context, &response, &expected, &chain), -EREMOTEIO);
    assert_int_equal(context.failure.reason, REASON_UNEXPECTED_REPLY);
    assert_non_null(strstr(context.failure.message, "demands a client certificate"));
    expected.current = leaf;
    assert_int_equal(est_answer_enrolled(&context, &response, &expected, &chain), -EREMOTEIO);
    assert_int_equal(context.failure.reason, REASON_CERTIFICATE_REFUSED);
    response.status = 422;
    assert_int_equal(est_answer_enrolled(&context, &response, &expected, &chain), -EREMOTEIO);
    assert_int_not_equal(context.failure.reason, REASON_CERTIFICATE_REFUSED);
    response.status = 496;
    assert_int_equal(est_answer_enrolled(&context, &response, &expected, &chain), -EREMOTEIO);
    assert_int_equal(context.failure.reason, REASON_CERTIFICATE_REFUSED);
}

static void test_time_to_wait(void **state)
{
    struct http_response pending = make_response(202, "", ""),
                         forbidden = make_response(403, "text/plain", "no");
    struct failure failure;

    (void)state;
    pending.retry_after = 30;
    assert_int_equal(enrolled(pending, &failure), REASON_EST_PENDING);
    assert_int_equal(failure.retry_after, 30);
    forbidden.retry_after = 5;
    assert_int_equal(enrolled(forbidden, &failure), REASON_SERVER_ERROR);
    assert_int_equal(failure.retry_after, 5);
}

static void test_error_bodies_are_cut_and_printable(void **state)
{
    char body[5000];
    struct failure failure;

    (void)state;
    memset(body, 'y', sizeof(body));
    memcpy(body, "No \x1b[31m\r\n", 10);
    body[sizeof(body) - 1] = 0;
    assert_int_equal(enrolled(make_response(400, "", body), &failure), REASON_EST_REJECTED);
    assert_true(strlen(failure.message) < 320);
    assert_non_null(strstr(failure.message, "it answered 400 \"No \\x1b[31m\\x0d\\x0ayyy"));
}

static enum reason anchors_of(long status, const char *body, const struct est *est, STACK_OF(X509) * known)
{
    _cleanup_x509_stack_ STACK_OF(X509) *anchors = NULL;
    struct http_response response = make_response(status, "text/plain", body);
    struct call_context context = { .failure = FAILURE_INIT };

    if (est_answer_anchors(&context, &response, est, known, &anchors) == 0) {
        assert_int_equal(X509_cmp(sk_X509_value(anchors, 0), ca), 0);
        return REASON_NONE;
    }
    assert_null(anchors);
    return context.failure.reason;
}

static void test_anchors(void **state)
{
    const struct est est = { 0 };

    (void)state;
    assert_int_equal(anchors_of(200, ca_pem, &est, NULL), REASON_NONE);
    /* A device's certificate among them is left out. */
    assert_int_equal(anchors_of(200, both, &est, NULL), REASON_NONE);
    assert_int_equal(anchors_of(200, "", &est, NULL), REASON_UNEXPECTED_REPLY);
    assert_int_equal(anchors_of(204, "", &est, NULL), REASON_UNEXPECTED_REPLY);
    assert_int_equal(anchors_of(404, ca_pem, &est, NULL), REASON_UNEXPECTED_REPLY);
    assert_int_equal(anchors_of(401, "", &est, NULL), REASON_UNEXPECTED_REPLY);
    assert_int_equal(anchors_of(429, "", &est, NULL), REASON_RATE_LIMITED);
    assert_int_equal(anchors_of(500, "", &est, NULL), REASON_SERVER_ERROR);
}

static void test_anchors_that_are_known(void **state)
{
    _cleanup_pkey_ EVP_PKEY *other_key = make_key();
    struct recipe recipe = CA_RECIPE("other", other_key);
    _cleanup_x509_ X509 *other = make_certificate(&recipe);
    _cleanup_x509_stack_ STACK_OF(X509) *ours_known = make_stack(ca, NULL, NULL);
    _cleanup_x509_stack_ STACK_OF(X509) *others_known = make_stack(other, NULL, NULL);
    struct est est = { 0 };

    (void)state;
    assert_int_equal(anchors_of(200, ca_pem, &est, ours_known), REASON_NONE);
    assert_int_equal(anchors_of(200, ca_pem, &est, others_known), REASON_CERTIFICATE_UNUSABLE);
    certificate_fingerprint(ca, est.fingerprint);
    assert_int_equal(anchors_of(200, ca_pem, &est, others_known), REASON_NONE);
    certificate_fingerprint(other, est.fingerprint);
    assert_int_equal(anchors_of(200, ca_pem, &est, NULL), REASON_CERTIFICATE_UNUSABLE);

    /* Configured anchors replace the known ones, and serve for a server without the operation. */
    est.fingerprint[0] = 0;
    est.anchors = ours_known;
    assert_int_equal(anchors_of(200, ca_pem, &est, others_known), REASON_NONE);
    assert_int_equal(anchors_of(404, "", &est, NULL), REASON_NONE);
    assert_int_equal(anchors_of(204, "", &est, NULL), REASON_NONE);
    assert_int_equal(anchors_of(400, "", &est, NULL), REASON_NONE);
    assert_int_equal(anchors_of(401, "", &est, NULL), REASON_NONE);
    assert_int_equal(anchors_of(403, "<html>", &est, NULL), REASON_NONE);
    assert_int_equal(anchors_of(429, "", &est, NULL), REASON_RATE_LIMITED);
    assert_int_equal(anchors_of(302, "", &est, NULL), REASON_UNEXPECTED_REPLY);
    assert_int_equal(anchors_of(500, "", &est, NULL), REASON_SERVER_ERROR);
    est.anchors = others_known;
    assert_int_equal(anchors_of(200, ca_pem, &est, ours_known), REASON_CERTIFICATE_UNUSABLE);
}

static void test_attributes(void **state)
{
    static const struct {
        long status;
        const char *body;
        bool any;
        enum reason reason;
    } table[] = {
        { 200, "MAsGCSqGSIb3DQEJBw==", true, REASON_NONE },
        { 201, "MAsGCSqGSIb3DQEJBw==", true, REASON_NONE },
        { 200, "MAA=", false, REASON_NONE },
        { 200, "", false, REASON_NONE },
        { 204, "", false, REASON_NONE },
        { 400, "x", false, REASON_NONE },
        { 401, "x", false, REASON_NONE },
        { 403, "x", false, REASON_NONE },
        { 404, "x", false, REASON_NONE },
        { 405, "x", false, REASON_NONE },
        { 501, "x", false, REASON_NONE },
        /* They are hints: nonsense is none. */
        { 200, "<html>", false, REASON_NONE },
        { 200, "MA", false, REASON_NONE },
        { 200, "\x30\x82\xff\xff", false, REASON_NONE },
        { 302, "", false, REASON_UNEXPECTED_REPLY },
        { 429, "", false, REASON_RATE_LIMITED },
        { 500, "", false, REASON_SERVER_ERROR },
        { 503, "", false, REASON_SERVER_ERROR },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(table); i++) {
        struct http_response response = make_response(table[i].status, "", table[i].body);
        struct call_context context = { .failure = FAILURE_INIT };
        struct csr_attributes attributes;
        bool any = true;

        print_message("%zu: %ld\n", i, table[i].status);
        int r = est_answer_attributes(&context, &response, &attributes, &any);
        assert_int_equal(r, table[i].reason == REASON_NONE ? 0 : -EREMOTEIO);
        assert_int_equal(context.failure.reason, table[i].reason);
        assert_int_equal(any, table[i].any);
        assert_int_equal(attributes.challenge_password, table[i].any);
        assert_int_equal(attributes.digest, NID_undef);
    }
}

/* Reads an answer to a request that another key has signed. */
static enum reason generated(const char *type, const char *body, char *message)
{
    _cleanup_private_key_ struct private_key *asked = NULL, *made = NULL;
    _cleanup_x509_stack_ STACK_OF(X509) *anchors = make_stack(ca, NULL, NULL), *chain = NULL;
    struct http_response response = make_response(200, type, body);
    struct call_context context = { .failure = FAILURE_INIT };

    assert_int_equal(private_key_generate(KEY_EC_P256, &asked), 0);
    const struct certificate_expectation expected = {
        .key = private_key_handle(asked),
        .anchors = anchors,
        .now = time(NULL),
    };
    int r = est_answer_generated(&context, &response, &expected, 0, &chain, &made);
    strcpy(message, context.failure.message);
    if (r == 0) {
        assert_int_equal(X509_cmp(sk_X509_value(chain, 0), leaf), 0);
        assert_int_equal(EVP_PKEY_eq(private_key_handle(made), private_key_handle(ours)), 1);
        return REASON_NONE;
    }
    assert_int_equal(r, -EREMOTEIO);
    assert_null(made);
    return context.failure.reason;
}

static void test_generated(void **state)
{
    char body[16384], message[sizeof((struct failure){ 0 }.message)];
    _cleanup_openssl_ unsigned char *der = NULL;
    _cleanup_free_ char *key = NULL, *pem = NULL;
    _cleanup_private_key_ struct private_key *foreign = NULL;
    size_t size;

    (void)state;
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(private_key_handle(ours));
    int length = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
    PKCS8_PRIV_KEY_INFO_free(info);
    assert_int_equal(base64_encode(der, (size_t)length, &key, &size), 0);
#define PARTS                                                                                                \
    "--x\r\nContent-Type: %s\r\nContent-Transfer-Encoding: base64\r\n\r\n%s\r\n--x\r\nContent-Type: "        \
    "%s\r\n\r\n%s\r\n"                                                                                       \
    "--x--\r\n"
#define TYPE "multipart/mixed; boundary=x"
    snprintf(body, sizeof(body), PARTS, "application/pkcs8", key, "application/pkcs7-mime", both);
    assert_int_equal(generated(TYPE, body, message), REASON_NONE);
    /* The parts in the other order, with meaningless types, the key in PEM. */
    snprintf(body, sizeof(body), PARTS, "a", both, "b", key);
    assert_int_equal(generated(TYPE, body, message), REASON_NONE);
    assert_int_equal(private_key_to_pem(ours, &pem), 0);
    snprintf(body, sizeof(body), PARTS, "a", pem, "b", both);
    assert_int_equal(generated(TYPE, body, message), REASON_NONE);

    snprintf(body, sizeof(body), PARTS, "a", both, "b", both);
    assert_int_equal(generated(TYPE, body, message), REASON_UNEXPECTED_REPLY);
    assert_non_null(strstr(message, "no private key, or one that is encrypted"));
    snprintf(body, sizeof(body), PARTS, "a", key, "b", key);
    assert_int_equal(generated(TYPE, body, message), REASON_UNEXPECTED_REPLY);
    assert_int_equal(generated(TYPE, both, message), REASON_UNEXPECTED_REPLY);
    assert_int_equal(generated("", "", message), REASON_UNEXPECTED_REPLY);

    /* The certificate belongs to another key. */
    free(pem);
    assert_int_equal(private_key_generate(KEY_EC_P256, &foreign), 0);
    assert_int_equal(private_key_to_pem(foreign, &pem), 0);
    snprintf(body, sizeof(body), PARTS, "a", pem, "b", both);
    assert_int_equal(generated(TYPE, body, message), REASON_CERTIFICATE_UNUSABLE);
    assert_non_null(strstr(message, "holds our key"));
}

static void test_generated_weak_key(void **state)
{
    _cleanup_pkey_ EVP_PKEY *weak = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024);
    _cleanup_bio_ BIO *bio = BIO_new(BIO_s_mem());
    char body[16384], message[sizeof((struct failure){ 0 }.message)], *data;

    (void)state;
    PEM_write_bio_PKCS8PrivateKey(bio, weak, NULL, NULL, 0, NULL, NULL);
    long size = BIO_get_mem_data(bio, &data);
    data[size - 1] = 0;
    snprintf(body, sizeof(body), PARTS, "a", data, "b", both);
    assert_int_equal(generated(TYPE, body, message), REASON_CERTIFICATE_UNUSABLE);
    assert_non_null(strstr(message, "too weak"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_enrolled),
        cmocka_unit_test(test_every_status),
        cmocka_unit_test(test_enrolled_by_a_wrong_clock),
        cmocka_unit_test(test_who_refuses),
        cmocka_unit_test(test_intercepted),
        cmocka_unit_test(test_pages_about_certificates),
        cmocka_unit_test(test_time_to_wait),
        cmocka_unit_test(test_error_bodies_are_cut_and_printable),
        cmocka_unit_test(test_anchors),
        cmocka_unit_test(test_anchors_that_are_known),
        cmocka_unit_test(test_attributes),
        cmocka_unit_test(test_generated),
        cmocka_unit_test(test_generated_weak_key),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
