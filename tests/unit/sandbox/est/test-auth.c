/* Who asks the EST server: credentials and certificates, and the refusals. */
#include "sandbox/est/auth.h"

#include "unit/helpers/sandbox/call.h"
#include "unit/helpers/sandbox/handshake.h"

#include "sandbox/base/base64.h"
#include "sandbox/sse/context.h"

#include <stdio.h>
#include <time.h>

/* Asks with that Authorization header. Returns whether the device was found; a refusal is 401. */
static bool is_accepted(struct world *w, const char *authorization)
{
    _cleanup_json_ json_object *context = NULL;
    int r;

    answer_done(&w->answer);
    w->answer = (struct answer){ .status = 500 };
    w->request.authorization = authorization;
    r = authenticate_credential(&w->call, &w->answer, &context);
    if (r == 1) {
        assert_string_equal(json_get_string(context, "guid"), GUID);
        return true;
    }
    assert_int_equal(r, 0);
    assert_error(&w->answer, 401, "unauthorized");
    return false;
}

static bool is_basic_accepted(struct world *w, const char *credential)
{
    gnutls_datum_t data = { (unsigned char *)credential, (unsigned)strlen(credential) };
    _cleanup_free_ char *text = NULL;
    char header[200];
    size_t size;

    assert_int_equal(base64_encode_lines(&data, 0, "", &text, &size), 0);
    snprintf(header, sizeof(header), "Basic %s", text);
    return is_accepted(w, header);
}

static void test_bearer(void **state)
{
    struct world *w = *state;

    world_activate(w, NULL, 60);
    assert_true(is_accepted(w, "Bearer " SECRET));
    assert_true(is_accepted(w, "bearer   " SECRET));
    assert_false(is_accepted(w, NULL));
    assert_string_equal(header_of(&w->answer, "WWW-Authenticate"), "Bearer realm=\"est\"");
    assert_false(is_accepted(w, "Bearer"));
    assert_false(is_accepted(w, "Bearer x" SECRET));
    assert_false(is_accepted(w, "Bearer ../../sandbox"));
    assert_false(is_basic_accepted(w, GUID ":" SECRET));
}

static void test_basic(void **state)
{
    struct world *w = *state;

    w->cloud.settings.basic = true;
    world_activate(w, GUID, 60);
    assert_true(is_basic_accepted(w, GUID ":" SECRET));
    assert_false(is_basic_accepted(w, OTHER_GUID ":" SECRET));
    assert_false(is_basic_accepted(w, ":" SECRET));
    assert_false(is_basic_accepted(w, SECRET));
    assert_false(is_accepted(w, "Basic %%%"));
    assert_false(is_accepted(w, "Bearer " SECRET));
    assert_string_equal(header_of(&w->answer, "WWW-Authenticate"), "Basic realm=\"est\"");
}

static void test_a_credential_is_used_as_it_was_issued(void **state)
{
    struct world *w = *state;

    world_activate(w, GUID, 60);
    assert_false(is_accepted(w, "Bearer " SECRET));
    world_activate(w, NULL, 60);
    add_fault(&w->faults, "auth", "basic");
    assert_false(is_basic_accepted(w, GUID ":" SECRET));
}

static void test_challenges(void **state)
{
    static const struct {
        const char *word, *first, *second;
    } cases[] = {
        { "basic", "Basic realm=", NULL },
        { "md5", "Digest realm=\"est\", qop=\"auth\", algorithm=MD5, ", NULL },
        { "sha-256", "Digest realm=\"est\", qop=\"auth\", algorithm=SHA-256, ", NULL },
        { "basic-md5", "Basic realm=", "Digest realm=\"est\", qop=\"auth\", algorithm=MD5, " },
        { "basic-sha-256", "Basic realm=", "Digest realm=\"est\", qop=\"auth\", algorithm=SHA-256, " },
    };
    struct world *w = *state;

    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        w->faults.n = 0;
        add_fault(&w->faults, "auth", cases[i].word);
        assert_false(is_accepted(w, NULL));
        /* Content-Type is the first header */
        assert_int_equal(w->answer.n_headers, cases[i].second ? 3 : 2);
        assert_ptr_equal(strstr(w->answer.headers[1].value, cases[i].first), w->answer.headers[1].value);
        if (cases[i].second)
            assert_ptr_equal(strstr(w->answer.headers[2].value, cases[i].second), w->answer.headers[2].value);
    }
}

static void test_digest(void **state)
{
    struct world *w = *state;

    w->request.path = "/x";
    add_fault(&w->faults, "auth", "md5");
    world_activate(w, GUID, 60);
    /* the nonce was not made here: the user is known, but the answer can't be right */
    assert_false(
        is_accepted(w, "Digest username=\"" GUID "\", realm=\"est\", nonce=\"0\", uri=\"/x\", cnonce=\"c\","
                       "nc=00000001, qop=auth, response=\"0\""));
    assert_non_null(strstr(w->answer.body, "The nonce is not from here."));
    assert_false(
        is_accepted(w, "Digest username=\"nobody\", realm=\"est\", nonce=\"0\", uri=\"/x\", cnonce=\"c\","
                       "nc=00000001, qop=auth, response=\"0\""));
    assert_non_null(strstr(w->answer.body, "The enrolment credential is wrong."));
    assert_false(
        is_accepted(w, "Digest username=\"" GUID "\", realm=\"est\", nonce=\"0\", uri=\"/x\", cnonce=\"c\","
                       "nc=00000001, qop=auth, response=\"0\", algorithm=SHA-256"));
    assert_non_null(strstr(w->answer.body, "The enrolment credential is wrong."));
}

static void test_credentials_that_are_over(void **state)
{
    struct world *w = *state;

    world_activate(w, NULL, 0);
    assert_false(is_accepted(w, "Bearer " SECRET));
    assert_non_null(strstr(w->answer.body, "has expired"));
    world_activate(w, NULL, 60);
    assert_true(is_accepted(w, "Bearer " SECRET));
    assert_int_equal(store_remove(&w->cloud.store, "contexts/EUROPE/" GUID ".json"), 0);
    assert_false(is_accepted(w, "Bearer " SECRET));
    assert_non_null(strstr(w->answer.body, "of a device that was removed"));
}

static void test_peers(void **state)
{
    struct world *w = *state;
    _cleanup_json_ json_object *context = NULL, *found = NULL;
    gnutls_x509_crt_t certificate = NULL;
    char serial[SERIAL_HEX_LENGTH + 1], again[SERIAL_HEX_LENGTH + 1];
    struct handshake device;

    world_activate(w, NULL, 60);
    assert_int_equal(authenticate_peer(&w->call, &w->answer, &found, &certificate), 0);
    assert_error(&w->answer, 401, "unauthorized");
    handshake_as_device(&device, &w->cloud.authorities, GUID, serial);
    w->request.tls = device.server;
    assert_int_equal(authenticate_peer(&w->call, &w->answer, &found, &certificate), 0);
    assert_non_null(strstr(w->answer.body, "of a device that was removed"));
    assert_int_equal(context_load(&w->cloud.store, "EUROPE", GUID, &context), 0);
    assert_int_equal(context_add_certificate(context, serial, time(NULL) + 60, time(NULL)), 0);
    assert_int_equal(context_save(&w->cloud.store, context), 0);
    assert_int_equal(authenticate_peer(&w->call, &w->answer, &found, &certificate), 1);
    assert_true(json_object_equal(found, context));
    assert_int_equal(certificate_read_serial(certificate, again), 0);
    assert_string_equal(serial, again);
    gnutls_x509_crt_deinit(certificate);
    handshake_end(&device);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, world_open, world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_bearer),
        TEST(test_basic),
        TEST(test_a_credential_is_used_as_it_was_issued),
        TEST(test_challenges),
        TEST(test_digest),
        TEST(test_credentials_that_are_over),
        TEST(test_peers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
