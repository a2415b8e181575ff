/* The calls of the EST server: what they take, and what they answer. */
#include "sandbox/est/est.h"

#include "unit/helpers/sandbox/call.h"

#include "sandbox/base/base64.h"
#include "sandbox/sse/context.h"

#include <time.h>

/* Activates the device and shows its credential. */
static void activate(struct world *w)
{
    world_activate(w, NULL, 60);
    w->request.host = host_at(SERVICE_EST, 0);
    w->request.path = "/.well-known/est/eu/simpleenroll";
    w->request.authorization = "Bearer " SECRET;
    w->request.content_type = "application/pkcs10";
}

/* Makes a request of that name in base64, to free. */
static char *make_request(const char *name)
{
    gnutls_datum_t der = { NULL, 0 };
    gnutls_x509_privkey_t key;
    gnutls_x509_crq_t request;
    char *text;
    size_t size;

    assert_int_equal(certificate_make_key(&key), 0);
    assert_int_equal(gnutls_x509_crq_init(&request), 0);
    assert_int_equal(gnutls_x509_crq_set_version(request, 1), 0);
    assert_int_equal(
        gnutls_x509_crq_set_dn_by_oid(request, GNUTLS_OID_X520_COMMON_NAME, 0, name, (unsigned)strlen(name)),
        0);
    assert_int_equal(gnutls_x509_crq_set_key(request, key), 0);
    assert_int_equal(gnutls_x509_crq_sign2(request, key, GNUTLS_DIG_SHA256, 0), 0);
    assert_int_equal(gnutls_x509_crq_export2(request, GNUTLS_X509_FMT_DER, &der), 0);
    assert_int_equal(base64_encode_lines(&der, BASE64_COLUMNS, "\n", &text, &size), 0);
    gnutls_free(der.data);
    gnutls_x509_crq_deinit(request);
    gnutls_x509_privkey_deinit(key);
    return text;
}

/* Decodes the answer as PKCS#7 and returns how many certificates are in it. */
static int count_certificates(const struct answer *answer)
{
    gnutls_datum_t der = { NULL, 0 };
    gnutls_pkcs7_t pkcs7;
    int n;

    assert_string_equal(header_of(answer, "Content-Type"), "application/pkcs7-mime; smime-type=certs-only");
    assert_string_equal(header_of(answer, "Content-Transfer-Encoding"), "base64");
    assert_true(answer->base64);
    assert_int_equal(base64_decode_text(answer->body, answer->size, &der), 0);
    assert_int_equal(gnutls_pkcs7_init(&pkcs7), 0);
    assert_int_equal(gnutls_pkcs7_import(pkcs7, &der, GNUTLS_X509_FMT_DER), 0);
    n = gnutls_pkcs7_get_crt_count(pkcs7);
    gnutls_pkcs7_deinit(pkcs7);
    gnutls_free(der.data);
    return n;
}

static void test_cacerts(void **state)
{
    struct world *w = *state;

    assert_int_equal(world_run(w, est_endpoints, "cacerts"), 200);
    assert_int_equal(count_certificates(&w->answer), 2);
}

static void test_csrattrs(void **state)
{
    struct world *w = *state;

    assert_int_equal(world_run(w, est_endpoints, "csrattrs"), 204);
    add_fault(&w->faults, "attributes", "sha384");
    assert_int_equal(world_run(w, est_endpoints, "csrattrs"), 200);
    assert_string_equal(header_of(&w->answer, "Content-Type"), "application/csrattrs");
    add_fault(&w->faults, "closed", NULL);
    w->request.authorization = "Bearer x";
    assert_int_equal(world_run(w, est_endpoints, "csrattrs"), 401);
    activate(w);
    assert_int_equal(world_run(w, est_endpoints, "csrattrs"), 200);
}

static void test_enrolment(void **state)
{
    struct world *w = *state;
    _cleanup_free_ char *request = make_request(GUID);
    _cleanup_json_ json_object *context = NULL;
    json_object *certificates;

    activate(w);
    world_set_body(w, request);
    assert_int_equal(world_run(w, est_endpoints, "simpleenroll"), 200);
    assert_int_equal(count_certificates(&w->answer), 2);
    assert_int_equal(context_load(&w->cloud.store, "EUROPE", GUID, &context), 0);
    certificates = json_get_array(context, "certificates");
    assert_int_equal(json_object_array_length(certificates), 1);
    w->request.authorization = "Bearer x";
    assert_int_equal(world_run(w, est_endpoints, "simpleenroll"), 401);
}

static void test_refused_requests(void **state)
{
    struct world *w = *state;
    _cleanup_free_ char *request = make_request(GUID), *other = make_request(OTHER_GUID);

    activate(w);
    world_set_body(w, other);
    assert_int_equal(world_run(w, est_endpoints, "simpleenroll"), 403);
    world_set_body(w, "<html>");
    assert_int_equal(world_run(w, est_endpoints, "simpleenroll"), 400);
    world_set_body(w, request);
    w->request.content_type = "Application/PKCS10; charset=utf-8";
    assert_int_equal(world_run(w, est_endpoints, "simpleenroll"), 200);
    w->request.content_type = "application/pkcs10x";
    assert_int_equal(world_run(w, est_endpoints, "simpleenroll"), 415);
    w->request.content_type = NULL;
    assert_int_equal(world_run(w, est_endpoints, "simpleenroll"), 415);
    w->request.too_large = true;
    assert_int_equal(world_run(w, est_endpoints, "simpleenroll"), 413);
}

static void test_checks_of_faults(void **state)
{
    struct world *w = *state;
    _cleanup_free_ char *request = make_request(GUID);

    activate(w);
    world_set_body(w, request);
    add_fault(&w->faults, "needs", "newline,label");
    assert_int_equal(world_run(w, est_endpoints, "simpleenroll"), 200);
    w->request.path = "/.well-known/est/EU/simpleenroll";
    assert_int_equal(world_run(w, est_endpoints, "simpleenroll"), 404);
    w->request.size--;
    assert_int_equal(world_run(w, est_endpoints, "simpleenroll"), 400);
}

static void test_a_proof_that_is_missing(void **state)
{
    struct world *w = *state;
    _cleanup_free_ char *request = make_request(GUID);

    activate(w);
    world_set_body(w, request);
    add_fault(&w->faults, "pop", "403");
    assert_int_equal(world_run(w, est_endpoints, "simpleenroll"), 403);
    assert_non_null(strstr(w->answer.body, "no challenge password"));
}

static void test_a_certificate_that_waits(void **state)
{
    struct world *w = *state;
    _cleanup_free_ char *request = make_request(GUID);

    activate(w);
    world_set_body(w, request);
    add_fault(&w->faults, "same-key", "1");
    assert_int_equal(world_run(w, est_endpoints, "simpleenroll"), 202);
    assert_int_equal(world_run(w, est_endpoints, "simpleenroll"), 200);
}

static void test_a_key_from_the_server(void **state)
{
    struct world *w = *state;
    _cleanup_free_ char *request = make_request(GUID);

    activate(w);
    world_set_body(w, request);
    assert_int_equal(world_run(w, est_endpoints, "serverkeygen"), 200);
    assert_string_equal(
        header_of(&w->answer, "Content-Type"), "multipart/mixed; boundary=\"estServerKeyGenBoundary\"");
    w->request.authorization = "Bearer x";
    assert_int_equal(world_run(w, est_endpoints, "serverkeygen"), 401);
}

static void test_a_renewal_needs_a_certificate(void **state)
{
    struct world *w = *state;
    _cleanup_free_ char *request = make_request(GUID);

    activate(w);
    world_set_body(w, request);
    assert_int_equal(world_run(w, est_endpoints, "simplereenroll"), 401);
    assert_non_null(strstr(w->answer.body, "needs a client certificate"));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, world_open, world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_cacerts),
        TEST(test_csrattrs),
        TEST(test_enrolment),
        TEST(test_refused_requests),
        TEST(test_checks_of_faults),
        TEST(test_a_proof_that_is_missing),
        TEST(test_a_certificate_that_waits),
        TEST(test_a_key_from_the_server),
        TEST(test_a_renewal_needs_a_certificate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
