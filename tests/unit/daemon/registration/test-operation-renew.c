/* The renewal of a certificate: the old pair until the new one is proved, what a CA may want, what it may refuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <time.h>

#include "daemon/registration/sequence.h"
#include "unit/helpers/daemon/appliance.h"

#define CONFIG "timing = { backoff_initial = 0.01; attempts_per_hour = 1000; backoff_cap = 0.01; };\n"

static void start_with(struct appliance *a, const char *state)
{
    appliance_start(a, state, CONFIG);
}

static const char *credential(struct appliance *a, const char *key)
{
    return json_get_string(json_get_object(a->worker.parameters, "credentials"), key);
}

/* The old pair is used until the new one has been proved. */
static void test_renewal(void **state)
{
    struct appliance *a = *state;

    SCRIPT(&a->worker, { "GenerateKey", "{\"privateKey\":\"K2\"}" },
        { "FetchTrustAnchors", "{\"trustAnchors\":\"A2\"}" }, { "Reenroll", "!est_rejected" },
        { "Reenroll", "{\"certificate\":\"C2\",\"info\":" INFO("02") "}" },
        { "GetContextStatus", "!server_error,\"httpStatus\":401" }, { "GetContextStatus", DONE });
    start_with(a, DOCUMENT(ENABLED_EUROPE, "registered", "," IDENTITY QUIET ",\"nextRenewal\":2000"));
    fake_worker_run(&a->worker, 2);
    assert_string_equal(json_get_string(a->worker.parameters, "previous"), "ANCHORS");
    fake_worker_run(&a->worker, 3);
    assert_string_equal(credential(a, "certificate"), "CERT");
    assert_string_equal(json_get_string(a->worker.parameters, "privateKey"), "K2");
    assert_string_equal(json_get_string(a->worker.parameters, "trustAnchors"), "A2");
    fake_worker_run(&a->worker, 5);
    assert_string_equal(credential(a, "certificate"), "C2");
    assert_string_equal(credential(a, "privateKey"), "K2");
    while (registration_of(a)->errand)
        fixture_turn(&a->f);
    assert_string_equal(json_get_string(fixture_registration(&a->f), "certificate"), "CERT");
    assert_string_equal(json_get_string(fixture_registration(&a->f), "privateKey"), "KEY");
    assert_string_equal(json_get_string(fixture_registration(&a->f), "renewalStep"), "renewal-proof");
    appliance_run_all(a);
    assert_string_equal(json_get_string(fixture_registration(&a->f), "certificate"), "C2");
    assert_string_equal(json_get_string(fixture_registration(&a->f), "privateKey"), "K2");
    assert_null(json_get_string(fixture_registration(&a->f), "chain"));
    assert_null(json_get_string(fixture_registration(&a->f), "renewalStep"));
    assert_true(json_get_int(fixture_registration(&a->f), "nextRenewal", 0) > (int64_t)time(NULL));
    assert_int_equal(registration_of(a)->attempts[OPERATION_RENEW].due, UINT64_MAX);
}

/* complaint("certificates: a replaced CA stops the fleet") */
/* CA certificates that don't link to the known ones are reported, and the renewal goes on with the known ones. A CA that
 * takes only keys of another type gets one. */
static void test_renewal_with_a_changed_ca(void **state)
{
    struct appliance *a = *state;

    SCRIPT(&a->worker, { "GenerateKey", "{\"privateKey\":\"K2\"}" },
        { "FetchTrustAnchors", "!certificate_unusable" },
        { "Reenroll", "!certificate_unusable,\"keyType\":\"ec_p384\"" },
        { "GenerateKey", "{\"privateKey\":\"K3\"}" }, { "FetchTrustAnchors", "{\"trustAnchors\":\"A2\"}" },
        { "Reenroll", "{\"certificate\":\"C2\",\"info\":" INFO("02") "}" }, { "GetContextStatus", DONE });
    start_with(a, DOCUMENT(ENABLED_EUROPE, "registered", "," IDENTITY QUIET ",\"nextRenewal\":2000"));
    fake_worker_run(&a->worker, 3);
    assert_string_equal(json_get_string(a->worker.parameters, "trustAnchors"), "ANCHORS");
    assert_string_equal(json_get_string(registration_of(a)->last_failure, "reason"), "certificate_unusable");
    assert_string_equal(json_get_string(registration_of(a)->last_failure, "step"), "renewal-trust");
    fake_worker_run(&a->worker, 4);
    assert_string_equal(json_get_string(a->worker.parameters, "keyType"), "ec_p384");
    appliance_run_all(a);
    assert_string_equal(json_get_string(fixture_registration(&a->f), "privateKey"), "K3");
    assert_string_equal(json_get_string(fixture_registration(&a->f), "certificate"), "C2");
    assert_string_equal(json_get_string(fixture_registration(&a->f), "keyType"), "ec_p384");
    assert_int_equal(registration_of(a)->attempts[OPERATION_RENEW].failures, 0);
}

/* The script of a renewal whose request for CA certificates fails so, with what is asked next. */
#define SCRIPT_OF_RENEWAL(a, answer, ...)                                                                    \
    SCRIPT(&(a)->worker, { "GenerateKey", "{\"privateKey\":\"K2\"}" }, { "FetchTrustAnchors", answer },      \
        __VA_ARGS__{ "Reenroll", "{\"certificate\":\"C2\",\"info\":" INFO("02") "}" },                       \
        { "GetContextStatus", DONE })

/* Without an answer the known CA certificates are enough: a server may demand a client
 * certificate for them. */
static void assert_goes_on_without_new_cas(struct appliance *a)
{
    start_with(a, DOCUMENT(ENABLED_EUROPE, "registered", "," IDENTITY QUIET ",\"nextRenewal\":2000"));
    fake_worker_run(&a->worker, 3);
    assert_string_equal(json_get_string(a->worker.parameters, "trustAnchors"), "ANCHORS");
    appliance_run_all(a);
    assert_string_equal(json_get_string(fixture_registration(&a->f), "certificate"), "C2");
}

static void test_renewal_after_a_refused_handshake(void **state)
{
    struct appliance *a = *state;

    SCRIPT_OF_RENEWAL(a, "!unexpected_reply", );
    assert_goes_on_without_new_cas(a);
}

static void test_renewal_after_a_broken_exchange(void **state)
{
    struct appliance *a = *state;

    SCRIPT_OF_RENEWAL(a, "!server_error", );
    assert_goes_on_without_new_cas(a);
}

static void test_renewal_after_a_refusal(void **state)
{
    struct appliance *a = *state;

    SCRIPT_OF_RENEWAL(a, "!unexpected_reply,\"httpStatus\":400", );
    assert_goes_on_without_new_cas(a);
}

/* A server with a fault is asked again, and so is one that can't be reached. */
static void assert_asks_again(struct appliance *a)
{
    start_with(a, DOCUMENT(ENABLED_EUROPE, "registered", "," IDENTITY QUIET ",\"nextRenewal\":2000"));
    fake_worker_run(&a->worker, 4);
    assert_string_equal(json_get_string(a->worker.parameters, "trustAnchors"), "A2");
    appliance_run_all(a);
}

static void test_renewal_after_a_fault(void **state)
{
    struct appliance *a = *state;

    SCRIPT_OF_RENEWAL(
        a, "!server_error,\"httpStatus\":503", { "FetchTrustAnchors", "{\"trustAnchors\":\"A2\"}" }, );
    assert_asks_again(a);
}

static void test_renewal_after_no_connection(void **state)
{
    struct appliance *a = *state;

    SCRIPT_OF_RENEWAL(a, "!connect_timeout", { "FetchTrustAnchors", "{\"trustAnchors\":\"A2\"}" }, );
    assert_asks_again(a);
}

/* A CA that demands the same type of key again has not understood: an ordinary failure, no loop. */
static void test_rekeying_ends(void **state)
{
    struct appliance *a = *state;

    SCRIPT(&a->worker, { "Reenroll", "!certificate_unusable,\"keyType\":\"ec_p384\"" });
    start_with(
        a, DOCUMENT(ENABLED_EUROPE, "registered",
               "," IDENTITY QUIET
               ",\"nextRenewal\":2000,\"renewalStep\":\"renewal-certificate\",\"newPrivateKey\":\"K2\","
               "\"keyType\":\"ec_p384\""));
    appliance_run_all(a);
    assert_int_equal(registration_of(a)->attempts[OPERATION_RENEW].failures, 1);
    assert_string_equal(json_get_string(fixture_registration(&a->f), "renewalStep"), "renewal-trust");
}

/* complaint("identity: a certificate authority that wants another key each time makes a loop") */
/* A CA that wants another type of key each time: one key in an attempt, and the pauses between them grow. */
static void test_rekeying_without_end(void **state)
{
    struct appliance *a = *state;

    SCRIPT(&a->worker, { "Reenroll", "!certificate_unusable,\"keyType\":\"rsa_3072\"" },
        { "GenerateKey", "{\"privateKey\":\"K3\"}" }, { "FetchTrustAnchors", "{\"trustAnchors\":\"A2\"}" },
        { "Reenroll", "!certificate_unusable,\"keyType\":\"ec_p384\"" },
        /* The second attempt. */
        { "FetchTrustAnchors", "{\"trustAnchors\":\"A2\"}" },
        { "Reenroll", "!certificate_unusable,\"keyType\":\"ec_p384\"" },
        { "GenerateKey", "{\"privateKey\":\"K4\"}" }, { "FetchTrustAnchors", "{\"trustAnchors\":\"A2\"}" },
        { "Reenroll", "!certificate_unusable,\"keyType\":\"rsa_3072\"" });
    start_with(
        a, DOCUMENT(ENABLED_EUROPE, "registered",
               "," IDENTITY QUIET
               ",\"nextRenewal\":2000,\"renewalStep\":\"renewal-certificate\",\"newPrivateKey\":\"K2\","
               "\"keyType\":\"ec_p384\""));
    appliance_run(a, 4);
    assert_int_equal(registration_of(a)->attempts[OPERATION_RENEW].failures, 1);
    assert_string_equal(json_get_string(fixture_registration(&a->f), "keyType"), "rsa_3072");
    appliance_run_all(a);
    assert_int_equal(registration_of(a)->attempts[OPERATION_RENEW].failures, 2);
    assert_string_equal(json_get_string(registration_of(a)->last_failure, "reason"), "certificate_unusable");
    assert_string_equal(json_get_string(fixture_registration(&a->f), "privateKey"), "KEY");
}

static void run_and_check(struct appliance *a, size_t asked, const char *reason)
{
    appliance_run(a, asked);
    assert_string_equal(json_get_string(registration_of(a)->last_failure, "reason"), reason);
}

/* The certificate is no reason where it is not shown: when CA certificates are fetched, and when the new one is proved. */
static void test_expired_and_not_shown(void **state)
{
    struct appliance *a = *state;

    SCRIPT(&a->worker, { "FetchTrustAnchors", "!server_error,\"httpStatus\":403" },
        { "Reenroll", "!est_rejected,\"httpStatus\":401" },
        { "Reenroll", "{\"certificate\":\"C2\",\"info\":" INFO("02") "}" },
        { "GetContextStatus", "!server_error,\"httpStatus\":401" }, { "GetContextStatus", DONE });
    start_with(a, DOCUMENT(ENABLED_EUROPE, "registered",
                      "," IDENTITY QUIET
                      ",\"nextRenewal\":2000,\"renewalStep\":\"renewal-trust\",\"newPrivateKey\":\"K2\""));
    json_object_object_add(json_get_object(fixture_registration(&a->f), "certificateInfo"), "notAfter",
        json_object_new_int64((int64_t)time(NULL) - 10));
    fixture_reread(&a->f);
    fake_worker_run(&a->worker, 2);
    assert_string_equal(json_get_string(registration_of(a)->last_failure, "reason"), "server_error");
    run_and_check(a, 2, "certificate_expired");
    run_and_check(a, 4, "server_error");
    appliance_run_all(a);
    assert_string_equal(json_get_string(fixture_registration(&a->f), "certificate"), "C2");
}

/* A renewal that was interrupted goes on where it was, even if an administrator had asked for it before its time. */
static void test_renewal_resumed(void **state)
{
    struct appliance *a = *state;

    SCRIPT(&a->worker, { "GetContextStatus", DONE });
    start_with(
        a, DOCUMENT(ENABLED_EUROPE, "registered",
               "," IDENTITY QUIET
               ",\"nextRenewal\":253402300000,\"renewalStep\":\"renewal-proof\",\"newPrivateKey\":\"K2\","
               "\"newCertificate\":\"C2\",\"newChain\":\"H2\",\"newCertificateInfo\":" INFO("02")));
    appliance_run_all(a);
    assert_string_equal(json_get_string(fixture_registration(&a->f), "chain"), "H2");
    assert_string_equal(
        json_get_string(json_get_object(fixture_registration(&a->f), "certificateInfo"), "serial"), "02");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, appliance_set_up, appliance_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_renewal),
        TEST(test_renewal_with_a_changed_ca),
        TEST(test_renewal_after_a_refused_handshake),
        TEST(test_renewal_after_a_broken_exchange),
        TEST(test_renewal_after_a_refusal),
        TEST(test_renewal_after_a_fault),
        TEST(test_renewal_after_no_connection),
        TEST(test_rekeying_ends),
        TEST(test_rekeying_without_end),
        TEST(test_expired_and_not_shown),
        TEST(test_renewal_resumed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
