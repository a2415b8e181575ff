/* A server that refuses for good: each step of each operation ends somewhere that is not itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <time.h>

#include "daemon/registration/give-up.h"
#include "daemon/registration/sequence.h"
#include "daemon/registration/steps.h"
#include "unit/helpers/daemon/appliance.h"

#define TIMES                                                                                                \
    "timing = { backoff_initial = 0.01; backoff_cap = 0.01; attempts_per_hour = 1000; refusal_patience = "
#define SOON TIMES "0.01; };\n"
#define LATE TIMES "3600; };\n"
#define BEGUN "," SERVER ",\"guid\":\"" GUID "\",\"privateKey\":\"KEY\""
#define ACTIVATED BEGUN "," ENROLLMENT
#define RENEWING "," IDENTITY QUIET ",\"nextRenewal\":2000,\"newPrivateKey\":\"K2\""
#define PROVING RENEWING ",\"newCertificate\":\"C2\",\"newCertificateInfo\":" INFO("02")
#define PENDING "{\"status\":\"Pending\"}"
#define INVALID(parameter)                                                                                   \
    "={\"error\":\"org.varlink.service.InvalidParameter\",\"parameters\":{\"parameter\":\"" parameter "\"}}"

/* A step whose call is refused in the same way each time. */
struct refused_step {
    const char *step, *state, *members, *method, *answer, *reason;
    const char *end; /* the state at the end */
    size_t attempts; /* until then */
};

static const struct refused_step table[] = {
    { "context", "registering", BEGUN ",\"token\":\"" TOKEN "\"", "CreateContext",
        "!server_error,\"httpStatus\":403", "server_error", "unregistered", 3 },
    { "context", "registering", BEGUN ",\"token\":\"" TOKEN "\"", "CreateContext",
        "!unexpected_reply,\"httpStatus\":401", "unexpected_reply", "unregistered", 3 },
    { "activation", "registering", BEGUN ",\"token\":\"" TOKEN "\"", "Activate",
        "!server_error,\"httpStatus\":401", "server_error", "unregistered", 3 },
    { "activation", "registering", BEGUN ",\"token\":\"" TOKEN "\"", "Activate",
        "!token_rejected,\"httpStatus\":401", "token_rejected", "unregistered", 1 },
    { "trust", "registering", ACTIVATED, "FetchTrustAnchors", "!unexpected_reply,\"httpStatus\":403",
        "unexpected_reply", "unregistered", 3 },
    { "certificate", "registering", ACTIVATED ",\"trustAnchors\":\"A\"", "Enroll",
        "!server_error,\"httpStatus\":403", "server_error", "unregistered", 3 },
    { "certificate", "registering", ACTIVATED ",\"trustAnchors\":\"A\"", "Enroll",
        "!est_rejected,\"httpStatus\":400", "est_rejected", "unregistered", 1 },
    { "certificate", "registering", ACTIVATED ",\"trustAnchors\":\"A\"", "Enroll", INVALID("trustAnchors"),
        "certificate_unusable", "unregistered", 1 },
    { "confirm", "registering", "," IDENTITY, "GetContextStatus", "!certificate_refused,\"httpStatus\":401",
        "certificate_refused", "unregistered", 3 },
    { "confirm", "registering", "," IDENTITY, "GetContextStatus", "!certificate_expired",
        "certificate_expired", "unregistered", 3 },
    { "confirm", "registering", "," IDENTITY, "GetContextStatus", PENDING, "unexpected_reply", "unregistered",
        3 },
    { "confirm", "registering", "," IDENTITY, "GetContextStatus", INVALID("credentials.chain"),
        "certificate_unusable", "unregistered", 1 },
    { "delete", "deregistering", "," IDENTITY QUIET, "DeleteContext",
        "!certificate_refused,\"httpStatus\":401", "certificate_refused", "registered", 3 },
    { "delete", "deregistering", "," IDENTITY QUIET, "DeleteContext", "!certificate_expired",
        "certificate_expired", "registered", 3 },
    { "delete", "deregistering", "," IDENTITY QUIET, "DeleteContext", "!certificate_unusable",
        "certificate_unusable", "registered", 1 },
    { "delete", "deregistering", "," IDENTITY QUIET, "DeleteContext", INVALID("credentials.certificate"),
        "certificate_unusable", "registered", 1 },
    { "renewal-certificate", "registered", RENEWING, "Reenroll", "!est_rejected,\"httpStatus\":401",
        "est_rejected", "registered", 3 },
    { "renewal-certificate", "registered", RENEWING, "Reenroll", "!server_error,\"httpStatus\":403",
        "server_error", "registered", 3 },
    { "renewal-certificate", "registered", RENEWING, "Reenroll", "!certificate_refused",
        "certificate_refused", "registered", 3 },
    { "renewal-proof", "registered", PROVING, "GetContextStatus", "!certificate_refused,\"httpStatus\":401",
        "certificate_refused", "registered", 3 },
    { "renewal-proof", "registered", PROVING, "GetContextStatus", "!server_error,\"httpStatus\":403",
        "server_error", "registered", 3 },
    { "renewal-proof", "registered", PROVING, "GetContextStatus", "!certificate_refused",
        "certificate_refused", "registered", 3 },
    { "renewal-proof", "registered", PROVING, "GetContextStatus", "!removed_in_portal,\"httpStatus\":404",
        "removed_in_portal", "registered", 3 },
    { "renewal-proof", "registered", PROVING, "GetContextStatus", PENDING, "unexpected_reply", "registered",
        3 },
    { "renewal-proof", "registered", PROVING, "GetContextStatus", INVALID("credentials.chain"),
        "certificate_unusable", "registered", 1 },
};

/* Starts at the step, and lets the worker give the same answer n times. */
static void refuse(struct appliance *a, const struct refused_step *row, const char *config, size_t times)
{
    static struct answer answers[16];
    const char *step = strncmp(row->step, "renewal", 7) == 0 ? "renewalStep" : "step";
    char state[4096];

    assert_in_range(times, 1, ELEMENTS(answers));
    for (size_t i = 0; i < ELEMENTS(answers); i++)
        answers[i] = (struct answer){ row->method, row->answer };
    fake_worker_set(&a->worker, answers, times);
    snprintf(state, sizeof(state), DOCUMENT(ENABLED_EUROPE, "%s", "%s,\"%s\":\"%s\""), row->state,
        row->members, step, row->step);
    appliance_start(a, state, config);
    appliance_run_all(a);
}

static void check_end(struct appliance *a, const struct refused_step *row)
{
    struct registration *r = registration_of(a);
    char saved[64];

    appliance_check_state(a, row->end);
    assert_string_equal(json_get_string(r->last_failure, "reason"), row->reason);
    assert_string_equal(json_get_string(r->last_failure, "step"), row->step);
    assert_string_equal(appliance_saved(a, "renewalStep", saved, sizeof(saved)), "none");
    assert_string_equal(appliance_saved(a, "step", saved, sizeof(saved)), "none");
    assert_string_equal(appliance_saved(a, "token", saved, sizeof(saved)), "none");
    assert_string_equal(appliance_saved(a, "newCertificate", saved, sizeof(saved)), "none");
    if (streq(row->end, "registered")) {
        assert_string_equal(appliance_saved(a, "certificate", saved, sizeof(saved)), "CERT");
        assert_string_equal(appliance_saved(a, "privateKey", saved, sizeof(saved)), "KEY");
    }
    for (enum operation i = 0; i < OPERATION_MAX_; i++)
        assert_int_equal(r->attempts[i].failures, 0);
}

/* complaint("certificates: a new certificate that the cloud refuses is kept for ever") */
static void test_each_step_has_an_end(void **state)
{
    struct appliance *a = *state;

    for (size_t i = 0; i < ELEMENTS(table); i++) {
        print_message("%s %s\n", table[i].step, table[i].answer);
        refuse(a, &table[i], SOON, table[i].attempts);
        check_end(a, &table[i]);
        appliance_stop(a);
    }
}

/* A refusal that lasts a short time only, or that came only twice, is no last word. */
static void test_patience(void **state)
{
    struct appliance *a = *state;

    for (size_t i = 0; i < ELEMENTS(table); i++) {
        if (table[i].attempts == 1)
            continue;
        print_message("%s %s\n", table[i].step, table[i].answer);
        for (size_t late = 0; late < 2; late++) {
            char saved[64];

            refuse(a, &table[i], late ? LATE : SOON, late ? 5 : 2);
            appliance_check_state(a, table[i].state);
            const char *step = strncmp(table[i].step, "renewal", 7) == 0 ? "renewalStep" : "step";
            assert_string_equal(appliance_saved(a, step, saved, sizeof(saved)), table[i].step);
            appliance_stop(a);
        }
    }
}

/* A renewal that was given up begins with another key when a part of the remaining life has passed; Renew begins it now. */
static void test_renewal_begins_again(void **state)
{
    struct appliance *a = *state;
    const struct refused_step *proof = &table[ELEMENTS(table) - 6];
    struct refusal refusal;

    refuse(a, proof, SOON, 3);
    int64_t now = (int64_t)time(NULL), next = registration_saved(registration_of(a))->next_renewal;
    assert_in_range(next, now + 86400 - 60, now + 86400);
    SCRIPT(&a->worker, { "GenerateKey", "{\"privateKey\":\"K3\"}" },
        { "FetchTrustAnchors", "{\"trustAnchors\":\"A\"}" },
        { "Reenroll", "{\"certificate\":\"C3\",\"info\":" INFO("03") "}" }, { "GetContextStatus", DONE });
    assert_true(registration_renew(registration_of(a), &refusal));
    appliance_run_all(a);
    assert_string_equal(json_get_string(fixture_registration(&a->f), "certificate"), "C3");
}

/* Renew does not wait until the refusals have lasted long enough, even after a restart. */
static void test_renew_drops_a_refused_pair(void **state)
{
    struct appliance *a = *state;
    const struct refused_step *proof = &table[ELEMENTS(table) - 6];
    struct refusal refusal;

    for (size_t restarted = 0; restarted < 2; restarted++) {
        refuse(a, proof, LATE, 1);
        if (restarted) {
            appliance_stop(a);
            appliance_start(a, NULL, TIMES "3600; };\n");
        }
        SCRIPT(&a->worker, { "GenerateKey", "{\"privateKey\":\"K3\"}" },
            { "FetchTrustAnchors", "{\"trustAnchors\":\"A\"}" },
            { "Reenroll", "{\"certificate\":\"C3\",\"info\":" INFO("03") "}" }, { "GetContextStatus", DONE });
        assert_true(registration_renew(registration_of(a), &refusal));
        appliance_run_all(a);
        assert_string_equal(json_get_string(fixture_registration(&a->f), "privateKey"), "K3");
        appliance_stop(a);
    }
}

/* A renewal that waits for the network keeps its new certificate. */
static void test_renew_keeps_a_pair_that_was_not_refused(void **state)
{
    struct appliance *a = *state;
    struct refused_step proof = table[ELEMENTS(table) - 6];
    struct refusal refusal;

    proof.answer = "!connect_timeout";
    refuse(a, &proof, LATE, 1);
    SCRIPT(&a->worker, { "GetContextStatus", DONE });
    assert_true(registration_renew(registration_of(a), &refusal));
    appliance_run_all(a);
    assert_string_equal(json_get_string(fixture_registration(&a->f), "certificate"), "C2");
}

/* An EST server that declines to give its CA certificates is passed over: the known ones may do. */
static void test_trust_that_is_declined(void **state)
{
    static const char *const answers[] = { "!unexpected_reply,\"httpStatus\":403",
        "!unexpected_reply,\"httpStatus\":404", "!certificate_unusable", INVALID("previous") };
    struct appliance *a = *state;

    for (size_t i = 0; i < ELEMENTS(answers); i++) {
        const struct answer script[] = { { "FetchTrustAnchors", answers[i] },
            { "Reenroll", "{\"certificate\":\"C3\",\"info\":" INFO("03") "}" },
            { "GetContextStatus", DONE } };

        print_message("%s\n", answers[i]);
        fake_worker_set(&a->worker, script, ELEMENTS(script));
        appliance_start(
            a, DOCUMENT(ENABLED_EUROPE, "registered", RENEWING ",\"renewalStep\":\"renewal-trust\""), LATE);
        appliance_run_all(a);
        assert_string_equal(json_get_string(fixture_registration(&a->f), "certificate"), "C3");
        assert_string_equal(json_get_string(fixture_registration(&a->f), "trustAnchors"), "ANCHORS");
        appliance_stop(a);
    }
}

/* A certificate in use that the cloud refuses is renewed, but not one that is new itself. */
static void test_refresh(void **state)
{
    struct appliance *a = *state;
    static const struct answer script[] = {
        { "Refresh", "!certificate_refused,\"httpStatus\":401" },
        { "Refresh", "!certificate_refused,\"httpStatus\":401" },
        { "Refresh", "!certificate_refused,\"httpStatus\":401" },
        { "GenerateKey", "{\"privateKey\":\"K2\"}" },
        { "FetchTrustAnchors", "{\"trustAnchors\":\"A2\"}" },
        { "Reenroll", "{\"certificate\":\"C2\",\"info\":" INFO("02") "}" },
        { "GetContextStatus", DONE },
    };

    fake_worker_set(&a->worker, script, ELEMENTS(script));
    appliance_start(a, DOCUMENT(ENABLED_EUROPE, "registered", "," IDENTITY ",\"refreshInterval\":1"), SOON);
    appliance_run_all(a);
    assert_string_equal(json_get_string(fixture_registration(&a->f), "certificate"), "C2");
    assert_int_equal(registration_of(a)->attempts[OPERATION_REFRESH].failures, 0);
    appliance_stop(a);

    fake_worker_set(&a->worker, script, 3);
    appliance_start(a, DOCUMENT(ENABLED_EUROPE, "registered", "," IDENTITY ",\"refreshInterval\":1"), LATE);
    json_object_object_add(json_get_object(fixture_registration(&a->f), "certificateInfo"), "notBefore",
        json_object_new_int64((int64_t)time(NULL) - 3600));
    fixture_reread(&a->f);
    registration_of(a)->core->config->refusal_patience = 10000;
    appliance_run_all(a);
    assert_null(registration_saved(registration_of(a))->steps[OPERATION_RENEW]);
    assert_int_equal(registration_of(a)->attempts[OPERATION_RENEW].due, UINT64_MAX);
    assert_int_equal(registration_of(a)->attempts[OPERATION_REFRESH].failures, 3);
}

/* A CA that issues what can't be used is asked twice, then after a part of the remaining life. */
static void test_unusable_certificates_are_not_asked_for_soon(void **state)
{
    struct appliance *a = *state;
    struct registration *r;

    SCRIPT(&a->worker, { "Reenroll", "!certificate_unusable" },
        { "FetchTrustAnchors", "{\"trustAnchors\":\"A2\"}" }, { "Reenroll", "!certificate_unusable" });
    appliance_start(
        a, DOCUMENT(ENABLED_EUROPE, "registered", RENEWING ",\"renewalStep\":\"renewal-certificate\""), LATE);
    appliance_set_not_after(a, 36000);
    appliance_run_all(a);
    r = registration_of(a);
    int64_t now = (int64_t)time(NULL);
    assert_in_range(attempts_next_time(&r->attempts[OPERATION_RENEW]), now + 3600 - 60, now + 3601);
    assert_string_equal(json_get_string(fixture_registration(&a->f), "renewalStep"), "renewal-trust");
    /* Nor after a restart; but a reload may have changed what it is measured by. */
    appliance_stop(a);
    appliance_start(a, NULL, LATE);
    assert_in_range(
        attempts_next_time(&registration_of(a)->attempts[OPERATION_RENEW]), now + 3600 - 60, now + 3601);
}

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        enum reason reason;
        int64_t http_status;
        bool refusal;
    } cases[] = {
        { REASON_CERTIFICATE_REFUSED, -1, true },
        { REASON_CERTIFICATE_EXPIRED, -1, true },
        { REASON_CERTIFICATE_UNUSABLE, -1, true },
        { REASON_EST_REJECTED, 400, true },
        { REASON_SERVER_ERROR, 400, false },
        { REASON_SERVER_ERROR, 401, true },
        { REASON_SERVER_ERROR, 402, false },
        { REASON_SERVER_ERROR, 403, true },
        { REASON_SERVER_ERROR, 404, false },
        { REASON_SERVER_ERROR, 503, false },
        { REASON_UNEXPECTED_REPLY, 403, true },
        { REASON_UNEXPECTED_REPLY, 200, false },
        { REASON_UNEXPECTED_REPLY, -1, false },
        { REASON_CLOCK_SKEW, 401, false },
        { REASON_RATE_LIMITED, 403, false },
        { REASON_PROXY_FAILED, 403, false },
        { REASON_REMOVED_IN_PORTAL, 404, true },
        { REASON_CONNECT_TIMEOUT, -1, false },
        { REASON_WORKER_FAILED, -1, false },
    };

    for (size_t i = 0; i < ELEMENTS(cases); i++)
        assert_int_equal(give_up_is_refusal(cases[i].reason, cases[i].http_status), cases[i].refusal);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, appliance_set_up, appliance_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_each_step_has_an_end),
        TEST(test_patience),
        TEST(test_renewal_begins_again),
        TEST(test_renew_drops_a_refused_pair),
        TEST(test_renew_keeps_a_pair_that_was_not_refused),
        TEST(test_trust_that_is_declined),
        TEST(test_refresh),
        TEST(test_unusable_certificates_are_not_asked_for_soon),
        cmocka_unit_test(test_refusals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
