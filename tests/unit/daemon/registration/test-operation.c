/* Registration and deregistration against a worker that answers by a script. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "common/clock.h"
#include "daemon/registration/health.h"
#include "daemon/registration/sequence.h"
#include "unit/helpers/daemon/fake-worker.h"
#include "unit/helpers/daemon/states.h"

#define CONFIG "timing = { backoff_initial = 0.01; backoff_cap = 0.01; removal_confirmation = 0.01; };\n"
#define KEY_ANSWER                                                                                           \
    {                                                                                                        \
        "GenerateKey", "{\"privateKey\":\"KEY\"}"                                                            \
    }
#define CONTEXT_ANSWER                                                                                       \
    {                                                                                                        \
        "CreateContext", "{\"created\":true}"                                                                \
    }
#define ACTIVATE_ANSWER                                                                                      \
    {                                                                                                        \
        "Activate", "{" ENROLLMENT ",\"tenant\":{\"id\":\"1\",\"name\":\"T\"}}"                              \
    }
#define TRUST_ANSWER                                                                                         \
    {                                                                                                        \
        "FetchTrustAnchors", "{\"trustAnchors\":\"ANCHORS\"}"                                                \
    }
#define ENROLL_ANSWER                                                                                        \
    {                                                                                                        \
        "Enroll", "{\"certificate\":\"CERT\",\"chain\":\"CHAIN\",\"info\":" INFO("01") "}"                   \
    }
#define STATUS_ANSWER                                                                                        \
    {                                                                                                        \
        "GetContextStatus", "{\"status\":\"Enrolled\",\"refreshInterval\":1000}"                             \
    }

static void start_with(const char *state)
{
    fake_worker_start(state, CONFIG);
}

static void check_state(const char *expected)
{
    char saved[64];

    assert_string_equal(json_get_string(fixture_registration(&f), "state"), expected);
    fake_worker_saved(&worker, "state", saved, sizeof(saved));
    assert_string_equal(saved, expected);
}

static void check_failure(const char *reason, const char *step, const char *message, bool permanent)
{
    json_object *failure = registration()->last_failure;

    assert_non_null(failure);
    assert_string_equal(json_get_string(failure, "reason"), reason);
    assert_string_equal(json_get_string(failure, "step"), step);
    assert_string_equal(json_get_string(failure, "message"), message);
    assert_string_equal(json_get_string(failure, "remedy"), reason_remedy(reason_from_string(reason)));
    assert_int_equal(json_get_bool(failure, "permanent", !permanent), permanent);
    assert_true(json_get_int(failure, "time", 0) > 1500000000);
}

static void start_registration(void)
{
    struct refusal refusal;

    start_with(DOCUMENT(ENABLED_EUROPE, "unregistered", ""));
    assert_true(registration_register(registration(), &requester, TOKEN, &refusal));
    check_state("registering");
}

/* complaint("retry: memory and disk differ after a fault") */
static void test_register(void **state)
{
    static const char *const steps[] = { "key", "context", "activation", "trust", "certificate", "confirm" };
    char saved[512];

    (void)state;
    SCRIPT(&worker, KEY_ANSWER, CONTEXT_ANSWER, ACTIVATE_ANSWER, TRUST_ANSWER, ENROLL_ANSWER, STATUS_ANSWER);
    start_registration();
    for (size_t i = 0; i < ELEMENTS(steps); i++) {
        const char *step;
        int64_t next_attempt;

        /* What was learnt before is on disk before the next is asked. */
        fake_worker_run(&worker, i + 1);
        fake_worker_saved(&worker, "step", saved, sizeof(saved));
        assert_string_equal(saved, steps[i]);
        assert_int_equal(registration_current(registration(), &step, &next_attempt), OPERATION_REGISTER);
        assert_string_equal(step, steps[i]);
        assert_int_equal(next_attempt, 0);
        assert_non_null(registration()->errand);
        fake_worker_saved(&worker, "token", saved, sizeof(saved));
        assert_string_equal(saved, i < 3 ? TOKEN : "none");
    }
    fake_worker_run_job(&worker);
    check_state("registered");
    fake_worker_saved(&worker, "step", saved, sizeof(saved));
    assert_string_equal(saved, "none");
    assert_null(json_get_object(fixture_registration(&f), "enrollment"));
    assert_string_equal(json_get_string(fixture_registration(&f), "certificate"), "CERT");
    assert_string_equal(json_get_string(json_get_object(fixture_registration(&f), "tenant"), "name"), "T");
    assert_int_equal(json_get_int(fixture_registration(&f), "refreshInterval", 0), 1000);
    assert_string_equal(health_name(registration()), "ok");
    assert_null(registration()->last_failure);
    assert_true(registration()->last_success > 0);
    assert_true(registration()->attempts[OPERATION_REFRESH].due != UINT64_MAX);
    assert_int_equal(registration()->attempts[OPERATION_REGISTER].due, UINT64_MAX);
}

static void test_transient(void **state)
{
    (void)state;
    SCRIPT(&worker, KEY_ANSWER,
        { "CreateContext", "!dns_failed,\"requestId\":\"q\",\"clockOffset\":-4,\"httpStatus\":0" },
        { "CreateContext", "!connect_timeout" }, { "CreateContext", HANG_UP }, CONTEXT_ANSWER,
        { "Activate", "!server_error,\"retryAfter\":0" }, ACTIVATE_ANSWER, TRUST_ANSWER,
        { "Enroll", "!est_pending" }, ENROLL_ANSWER, { "GetContextStatus", "!removed_in_portal" },
        { "GetContextStatus", "{\"status\":\"Pending\"}" }, STATUS_ANSWER);
    start_registration();
    fake_worker_run(&worker, 2);
    while (registration()->errand)
        fixture_turn(&f);
    check_failure("dns_failed", "context", "It failed.", false);
    assert_string_equal(json_get_string(registration()->last_failure, "requestId"), "q");
    assert_int_equal(json_get_int(registration()->last_failure, "clockOffset", 0), -4);
    assert_int_equal(registration()->attempts[OPERATION_REGISTER].failures, 1);
    const char *step;
    int64_t next_attempt;
    assert_int_equal(registration_current(registration(), &step, &next_attempt), OPERATION_REGISTER);
    assert_string_equal(step, "context");
    assert_true(next_attempt > 0);

    fake_worker_run(&worker, 4);
    while (registration()->errand)
        fixture_turn(&f);
    check_failure("worker_failed", "context", "The worker hung up before it answered.", false);
    assert_int_equal(registration()->attempts[OPERATION_REGISTER].failures, 3);
    /* One denial right after the enrolment proves nothing; it says so. */
    fake_worker_run(&worker, 11);
    while (registration()->errand)
        fixture_turn(&f);
    check_failure("removed_in_portal", "confirm", "It failed.", false);
    fake_worker_run(&worker, 12);
    while (registration()->errand)
        fixture_turn(&f);
    check_failure("unexpected_reply", "confirm", "The cloud does not call the appliance Enrolled.", false);
    fake_worker_run_job(&worker);
    check_state("registered");
    assert_null(registration()->last_failure);
}

/* A CA that takes only keys of another type gets one; the token has been used by then and is not needed again. */
static void test_rekey(void **state)
{
    (void)state;
    SCRIPT(&worker, KEY_ANSWER, CONTEXT_ANSWER, ACTIVATE_ANSWER, TRUST_ANSWER,
        { "Enroll", "!certificate_unusable,\"keyType\":\"rsa_2048\"" },
        { "GenerateKey", "{\"privateKey\":\"RSA\"}" }, ENROLL_ANSWER, STATUS_ANSWER);
    start_registration();
    fake_worker_run(&worker, 6);
    assert_string_equal(json_get_string(worker.parameters, "keyType"), "rsa_2048");
    fake_worker_run(&worker, 7);
    assert_string_equal(json_get_string(worker.parameters, "privateKey"), "RSA");
    fake_worker_run_job(&worker);
    check_state("registered");
    assert_string_equal(json_get_string(fixture_registration(&f), "privateKey"), "RSA");
}

/* complaint("identity: a certificate authority that wants another key each time makes a loop") */
/* A CA that wants another type of key each time is not served for ever: the registration ends. */
static void test_rekey_once(void **state)
{
    (void)state;
    SCRIPT(&worker, KEY_ANSWER, CONTEXT_ANSWER, ACTIVATE_ANSWER, TRUST_ANSWER,
        { "Enroll", "!certificate_unusable,\"keyType\":\"rsa_2048\"" },
        { "GenerateKey", "{\"privateKey\":\"RSA\"}" },
        { "Enroll", "!certificate_unusable,\"keyType\":\"ec_p384\"" });
    start_registration();
    fake_worker_run_job(&worker);
    check_state("unregistered");
    check_failure("certificate_unusable", "certificate", "It failed.", true);
}

/* What waits is tried at once, after whatever pause was asked for; what does not wait for an attempt is left alone. */
static void test_hastened(void **state)
{
    struct registration *r;

    (void)state;
    SCRIPT(&worker, KEY_ANSWER, { "CreateContext", "!rate_limited,\"retryAfter\":86400" },
        { "CreateContext", "!rate_limited,\"retryAfter\":86400" });
    start_registration();
    r = registration();
    for (size_t asked = 2; asked <= 3; asked++) {
        fake_worker_run(&worker, asked);
        while (r->errand)
            fixture_turn(&f);
        assert_true(r->attempts[OPERATION_REGISTER].due > clock_usec(CLOCK_BOOTTIME) + 80000 * USEC_PER_SEC);
        assert_int_equal(r->attempts[OPERATION_REGISTER].failures, asked - 1);
        attempts_plan(&r->attempts[OPERATION_REFRESH], 1000 * USEC_PER_SEC);
        uint64_t refresh = r->attempts[OPERATION_REFRESH].due;
        sequence_retry_now(r);
        sequence_arm(r);
        assert_int_equal(r->attempts[OPERATION_REFRESH].due, refresh);
        assert_int_equal(r->attempts[OPERATION_RENEW].due, UINT64_MAX);
        assert_int_equal(r->attempts[OPERATION_REGISTER].failures, asked - 1);
    }
}

static void test_nonsense(void **state)
{
    (void)state;
    SCRIPT(&worker, { "GenerateKey", "{}" }, { "GenerateKey", "{\"privateKey\":1}" },
        { "GenerateKey", "!no_such_reason" }, KEY_ANSWER, CONTEXT_ANSWER, { "Activate", SILENCE });
    start_registration();
    for (size_t i = 1; i <= 2; i++) {
        fake_worker_run(&worker, i);
        while (registration()->errand)
            fixture_turn(&f);
        check_failure("worker_failed", "key", "The worker's reply makes no sense.", false);
    }
    fake_worker_run(&worker, 3);
    while (registration()->errand)
        fixture_turn(&f);
    check_failure("worker_failed", "key",
        "The worker answered org.threatresponse.worker.Failed to GenerateKey.", false);
    fake_worker_run(&worker, 6);
}

/* What no further attempt can help ends the registration; the guid stays, the token does not. */
static void test_permanent(void **state)
{
    char saved[512];

    (void)state;
    SCRIPT(&worker, KEY_ANSWER, CONTEXT_ANSWER, { "Activate", "!token_rejected,\"httpStatus\":401" });
    start_registration();
    fake_worker_run_job(&worker);
    check_state("unregistered");
    check_failure("token_rejected", "activation", "It failed.", true);
    fake_worker_saved(&worker, "token", saved, sizeof(saved));
    assert_string_equal(saved, "none");
    fake_worker_saved(&worker, "privateKey", saved, sizeof(saved));
    assert_string_equal(saved, "none");
    fake_worker_saved(&worker, "guid", saved, sizeof(saved));
    assert_int_equal(strlen(saved), 36);
    assert_null(health_name(registration()));

    /* The failure is still shown after a restart, and nothing is tried again. */
    fake_worker_detach(&worker);
    fixture_stop(&f);
    start_with(NULL);
    check_failure("token_rejected", "activation", "It failed.", true);
    assert_int_equal(registration()->attempts[OPERATION_REGISTER].due, UINT64_MAX);

    /* A new token takes the same guid. */
    struct refusal refusal;
    SCRIPT(&worker, KEY_ANSWER, { "CreateContext", SILENCE });
    assert_true(registration_register(registration(), &requester, TOKEN, &refusal));
    assert_null(registration()->last_failure);
    fake_worker_run(&worker, 2);
    assert_string_equal(json_get_string(json_get_object(worker.parameters, "client"), "guid"), saved);
}

/* A stop in the middle of any step: the next start asks the same again. */
static void test_resume(void **state)
{
    static const struct answer answers[] = { KEY_ANSWER, CONTEXT_ANSWER, ACTIVATE_ANSWER, TRUST_ANSWER,
        ENROLL_ANSWER, STATUS_ANSWER };

    (void)state;
    fake_worker_set(&worker, &(const struct answer){ "GenerateKey", SILENCE }, 1);
    start_registration();
    fake_worker_run(&worker, 1);
    for (size_t i = 0; i < ELEMENTS(answers); i++) {
        struct answer script[2] = { answers[i] };

        fake_worker_detach(&worker);
        fixture_stop(&f);
        if (i + 1 < ELEMENTS(answers))
            script[1] = (struct answer){ answers[i + 1].method, SILENCE };
        fake_worker_set(&worker, script, i + 1 < ELEMENTS(answers) ? 2 : 1);
        start_with(NULL);
        fake_worker_run(&worker, worker.n);
    }
    while (registration()->errand)
        fixture_turn(&f);
    check_state("registered");
}

static void test_cancel(void **state)
{
    struct refusal refusal;
    enum operation operation;

    (void)state;
    SCRIPT(&worker, KEY_ANSWER, { "CreateContext", SILENCE });
    start_registration();
    fake_worker_run(&worker, 2);
    assert_true(registration_cancel(registration(), &requester, &operation, &refusal));
    assert_int_equal(operation, OPERATION_REGISTER);
    assert_null(registration()->errand);
    check_state("unregistered");
    assert_true(registration_cancel(registration(), &requester, &operation, &refusal));
    assert_int_equal(operation, OPERATION_NONE);
    fixture_settle(&f);
    assert_int_equal(worker.asked, 2);
}

static void test_deregister(void **state)
{
    struct refusal refusal;
    const char *notice;
    char saved[64];

    (void)state;
    SCRIPT(&worker, { "DeleteContext", "!dns_failed" }, { "DeleteContext", "!server_error" },
        { "DeleteContext", "{\"existed\":false}" });
    start_with(REGISTERED);
    assert_true(registration_deregister(registration(), &requester, false, &notice, &refusal));
    assert_null(notice);
    check_state("deregistering");
    fake_worker_run(&worker, 1);
    while (registration()->errand)
        fixture_turn(&f);
    check_failure("dns_failed", "delete", "It failed.", false);
    check_state("deregistering");
    fake_worker_run_job(&worker);
    check_state("unregistered");
    fake_worker_saved(&worker, "guid", saved, sizeof(saved));
    assert_string_equal(saved, "none");
    fake_worker_saved(&worker, "privateKey", saved, sizeof(saved));
    assert_string_equal(saved, "none");
}

static void test_deregister_cancelled(void **state)
{
    struct refusal refusal;
    enum operation operation;
    const char *notice;

    (void)state;
    SCRIPT(&worker, { "DeleteContext", SILENCE });
    start_with(REGISTERED);
    assert_true(registration_deregister(registration(), &requester, false, &notice, &refusal));
    fake_worker_run(&worker, 1);
    assert_false(registration_deregister(registration(), &requester, false, &notice, &refusal));
    assert_int_equal(refusal.reason, REASON_BUSY);
    assert_string_equal(refusal.message, "The appliance is being deregistered already.");
    assert_true(registration_cancel(registration(), &requester, &operation, &refusal));
    assert_int_equal(operation, OPERATION_DEREGISTER);
    check_state("registered");
    assert_string_equal(json_get_string(fixture_registration(&f), "certificate"), "CERT");
    assert_null(json_get_string(fixture_registration(&f), "step"));
}

static void test_deregister_locally(void **state)
{
    struct refusal refusal;
    const char *notice = NULL;

    (void)state;
    SCRIPT(&worker, { "DeleteContext", SILENCE });
    start_with(REGISTERED);
    assert_true(registration_deregister(registration(), &requester, false, &notice, &refusal));
    fake_worker_run(&worker, 1);
    assert_true(registration_deregister(registration(), &requester, true, &notice, &refusal));
    assert_string_equal(notice, "The appliance was deregistered locally; the cloud was not told. If it is "
                                "still listed under Devices in the "
                                "Cisco Threat Response portal, remove it there.");
    assert_null(registration()->errand);
    check_state("unregistered");
    assert_false(registration_deregister(registration(), &requester, true, &notice, &refusal));
    assert_int_equal(refusal.reason, REASON_NOT_REGISTERED);
    assert_string_equal(refusal.message, "The appliance is not registered.");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fake_worker_set_up, fake_worker_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_register),
        TEST(test_transient),
        TEST(test_hastened),
        TEST(test_rekey),
        TEST(test_rekey_once),
        TEST(test_nonsense),
        TEST(test_permanent),
        TEST(test_resume),
        TEST(test_cancel),
        TEST(test_deregister),
        TEST(test_deregister_cancelled),
        TEST(test_deregister_locally),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
