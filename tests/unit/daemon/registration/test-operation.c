/* Registration and deregistration against a worker that answers by a script. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "common/clock.h"
#include "daemon/registration/failure.h"
#include "daemon/registration/health.h"
#include "daemon/registration/sequence.h"
#include "unit/helpers/daemon/appliance.h"

#define CONFIG                                                                                               \
    "timing = { backoff_initial = 0.01; attempts_per_hour = 1000; backoff_cap = 0.01; removal_confirmation " \
    "= 0.01; };\n"
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

static void start_with(struct appliance *a, const char *state)
{
    appliance_start(a, state, CONFIG);
}

static void check_failure(
    struct appliance *a, const char *reason, const char *step, const char *message, bool permanent)
{
    char remedy[FAILURE_REMEDY_MAX];
    json_object *failure = registration_of(a)->last_failure;

    assert_non_null(failure);
    assert_string_equal(json_get_string(failure, "reason"), reason);
    assert_string_equal(json_get_string(failure, "step"), step);
    assert_string_equal(json_get_string(failure, "message"), message);
    assert_string_equal(json_get_string(failure, "remedy"),
        failure_remedy(registration_of(a), reason_from_string(reason), remedy));
    assert_int_equal(json_get_bool(failure, "permanent", !permanent), permanent);
    assert_true(json_get_int(failure, "time", 0) > 1500000000);
}

static void start_registration(struct appliance *a)
{
    struct refusal refusal;

    start_with(a, DOCUMENT(ENABLED_EUROPE, "unregistered", ""));
    assert_true(registration_register(registration_of(a), &root_requester, TOKEN, &refusal));
    appliance_check_state(a, "registering");
}

/* complaint("retry: memory and disk differ after a fault") */
static void test_register(void **state)
{
    struct appliance *a = *state;
    static const char *const steps[] = { "key", "context", "activation", "trust", "certificate", "confirm" };
    char saved[512];

    SCRIPT(
        &a->worker, KEY_ANSWER, CONTEXT_ANSWER, ACTIVATE_ANSWER, TRUST_ANSWER, ENROLL_ANSWER, STATUS_ANSWER);
    start_registration(a);
    for (size_t i = 0; i < ELEMENTS(steps); i++) {
        const char *step;
        int64_t next_attempt;

        /* What was learnt before is on disk before the next is asked. */
        fake_worker_run(&a->worker, i + 1);
        appliance_saved(a, "step", saved, sizeof(saved));
        assert_string_equal(saved, steps[i]);
        assert_int_equal(registration_current(registration_of(a), &step, &next_attempt), OPERATION_REGISTER);
        assert_string_equal(step, steps[i]);
        assert_int_equal(next_attempt, 0);
        assert_non_null(registration_of(a)->errand);
        appliance_saved(a, "token", saved, sizeof(saved));
        assert_string_equal(saved, i < 3 ? TOKEN : "none");
    }
    appliance_run_all(a);
    appliance_check_state(a, "registered");
    appliance_saved(a, "step", saved, sizeof(saved));
    assert_string_equal(saved, "none");
    assert_null(json_get_object(fixture_registration(&a->f), "enrollment"));
    assert_string_equal(json_get_string(fixture_registration(&a->f), "certificate"), "CERT");
    assert_string_equal(json_get_string(json_get_object(fixture_registration(&a->f), "tenant"), "name"), "T");
    assert_int_equal(json_get_int(fixture_registration(&a->f), "refreshInterval", 0), 1000);
    assert_string_equal(health_name(registration_of(a)), "ok");
    assert_null(registration_of(a)->last_failure);
    assert_true(registration_of(a)->last_success > 0);
    assert_true(registration_of(a)->attempts[OPERATION_REFRESH].due != UINT64_MAX);
    assert_int_equal(registration_of(a)->attempts[OPERATION_REGISTER].due, UINT64_MAX);
}

static void test_transient(void **state)
{
    struct appliance *a = *state;

    SCRIPT(&a->worker, KEY_ANSWER,
        { "CreateContext", "!dns_failed,\"requestId\":\"q\",\"clockOffset\":-4,\"httpStatus\":0" },
        { "CreateContext", "!connect_timeout" }, { "CreateContext", HANG_UP }, CONTEXT_ANSWER,
        { "Activate", "!server_error,\"retryAfter\":0" }, ACTIVATE_ANSWER, TRUST_ANSWER,
        { "Enroll", "!est_pending" }, ENROLL_ANSWER, { "GetContextStatus", "!removed_in_portal" },
        { "GetContextStatus", "{\"status\":\"Pending\"}" }, STATUS_ANSWER);
    start_registration(a);
    appliance_run(a, 2);
    check_failure(a, "dns_failed", "context", "It failed.", false);
    assert_string_equal(json_get_string(registration_of(a)->last_failure, "requestId"), "q");
    assert_int_equal(json_get_int(registration_of(a)->last_failure, "clockOffset", 0), -4);
    assert_int_equal(registration_of(a)->attempts[OPERATION_REGISTER].failures, 1);
    const char *step;
    int64_t next_attempt;
    assert_int_equal(registration_current(registration_of(a), &step, &next_attempt), OPERATION_REGISTER);
    assert_string_equal(step, "context");
    assert_true(next_attempt > 0);

    appliance_run(a, 4);
    check_failure(a, "worker_failed", "context", "The worker hung up before it answered.", false);
    assert_int_equal(registration_of(a)->attempts[OPERATION_REGISTER].failures, 3);
    /* One denial right after the enrolment proves nothing; it says so. */
    appliance_run(a, 11);
    check_failure(a, "removed_in_portal", "confirm", "It failed.", false);
    appliance_run(a, 12);
    check_failure(
        a, "unexpected_reply", "confirm", "The cloud does not report the appliance as Enrolled.", false);
    appliance_run_all(a);
    appliance_check_state(a, "registered");
    assert_null(registration_of(a)->last_failure);
}

/* A CA that takes only keys of another type gets one; the token has been used by then and is not needed again. */
static void test_rekey(void **state)
{
    struct appliance *a = *state;

    SCRIPT(&a->worker, KEY_ANSWER, CONTEXT_ANSWER, ACTIVATE_ANSWER, TRUST_ANSWER,
        { "Enroll", "!certificate_unusable,\"keyType\":\"rsa_3072\"" },
        { "GenerateKey", "{\"privateKey\":\"RSA\"}" }, ENROLL_ANSWER, STATUS_ANSWER);
    start_registration(a);
    fake_worker_run(&a->worker, 6);
    assert_string_equal(json_get_string(a->worker.parameters, "keyType"), "rsa_3072");
    fake_worker_run(&a->worker, 7);
    assert_string_equal(json_get_string(a->worker.parameters, "privateKey"), "RSA");
    appliance_run_all(a);
    appliance_check_state(a, "registered");
    assert_string_equal(json_get_string(fixture_registration(&a->f), "privateKey"), "RSA");
}

/* complaint("identity: a certificate authority that wants another key each time makes a loop") */
/* A CA that wants another type of key each time is not served for ever: the registration ends. */
static void test_rekey_once(void **state)
{
    struct appliance *a = *state;

    SCRIPT(&a->worker, KEY_ANSWER, CONTEXT_ANSWER, ACTIVATE_ANSWER, TRUST_ANSWER,
        { "Enroll", "!certificate_unusable,\"keyType\":\"rsa_3072\"" },
        { "GenerateKey", "{\"privateKey\":\"RSA\"}" },
        { "Enroll", "!certificate_unusable,\"keyType\":\"ec_p384\"" });
    start_registration(a);
    appliance_run_all(a);
    appliance_check_state(a, "unregistered");
    check_failure(a, "certificate_unusable", "certificate", "It failed.", true);
}

/* Neither a reload nor a restart hastens what the server asked to wait for. */
static void test_asked_to_wait(void **state)
{
    struct appliance *a = *state;
    const uint64_t hours = 80000 * USEC_PER_SEC;

    SCRIPT(&a->worker, KEY_ANSWER, { "CreateContext", "!rate_limited,\"retryAfter\":86400" });
    start_registration(a);
    appliance_run(a, 2);
    for (int i = 0; i < 2; i++) {
        struct registration *r = registration_of(a);
        const struct attempts *attempts = &r->attempts[OPERATION_REGISTER];

        assert_true(attempts->due > clock_usec(CLOCK_BOOTTIME) + hours);
        assert_int_equal(attempts->failures, 1);
        sequence_retry_now(r);
        sequence_arm(r);
        assert_true(attempts->due > clock_usec(CLOCK_BOOTTIME) + hours);
        check_failure(a, "rate_limited", "context", "It failed.", false);
        fake_worker_detach(&a->worker);
        fixture_stop(&a->f);
        start_with(a, NULL);
    }
}

static void test_nonsense(void **state)
{
    struct appliance *a = *state;

    SCRIPT(&a->worker, { "GenerateKey", "{}" }, { "GenerateKey", "{\"privateKey\":1}" },
        { "GenerateKey", "!no_such_reason" }, KEY_ANSWER, CONTEXT_ANSWER, { "Activate", SILENCE });
    start_registration(a);
    for (size_t i = 1; i <= 2; i++) {
        appliance_run(a, i);
        check_failure(a, "worker_failed", "key", "The worker's reply is malformed.", false);
    }
    appliance_run(a, 3);
    check_failure(a, "worker_failed", "key",
        "The worker answered GenerateKey with the error org.threatresponse.worker.Failed.", false);
    fake_worker_run(&a->worker, 6);
}

/* What no further attempt can help ends the registration; the guid stays, the token does not. */
static void test_permanent(void **state)
{
    struct appliance *a = *state;
    char saved[512];

    SCRIPT(&a->worker, KEY_ANSWER, CONTEXT_ANSWER, { "Activate", "!token_rejected,\"httpStatus\":401" });
    start_registration(a);
    appliance_run_all(a);
    appliance_check_state(a, "unregistered");
    check_failure(a, "token_rejected", "activation", "It failed.", true);
    appliance_saved(a, "token", saved, sizeof(saved));
    assert_string_equal(saved, "none");
    appliance_saved(a, "privateKey", saved, sizeof(saved));
    assert_string_equal(saved, "none");
    appliance_saved(a, "guid", saved, sizeof(saved));
    assert_int_equal(strlen(saved), 36);
    assert_null(health_name(registration_of(a)));

    /* The failure is still shown after a restart, and nothing is tried again. */
    appliance_stop(a);
    start_with(a, NULL);
    check_failure(a, "token_rejected", "activation", "It failed.", true);
    assert_int_equal(registration_of(a)->attempts[OPERATION_REGISTER].due, UINT64_MAX);

    /* A new token takes the same guid. */
    struct refusal refusal;
    SCRIPT(&a->worker, KEY_ANSWER, { "CreateContext", SILENCE });
    assert_true(registration_register(registration_of(a), &root_requester, TOKEN, &refusal));
    assert_null(registration_of(a)->last_failure);
    fake_worker_run(&a->worker, 2);
    assert_string_equal(json_get_string(json_get_object(a->worker.parameters, "client"), "guid"), saved);
}

/* A stop in the middle of any step: the next start asks the same again. */
static void test_resume(void **state)
{
    struct appliance *a = *state;
    static const struct answer answers[] = { KEY_ANSWER, CONTEXT_ANSWER, ACTIVATE_ANSWER, TRUST_ANSWER,
        ENROLL_ANSWER, STATUS_ANSWER };

    fake_worker_set(&a->worker, &(const struct answer){ "GenerateKey", SILENCE }, 1);
    start_registration(a);
    fake_worker_run(&a->worker, 1);
    for (size_t i = 0; i < ELEMENTS(answers); i++) {
        struct answer script[2] = { answers[i] };

        appliance_stop(a);
        if (i + 1 < ELEMENTS(answers))
            script[1] = (struct answer){ answers[i + 1].method, SILENCE };
        fake_worker_set(&a->worker, script, i + 1 < ELEMENTS(answers) ? 2 : 1);
        start_with(a, NULL);
        fake_worker_run(&a->worker, a->worker.n);
    }
    while (registration_of(a)->errand)
        fixture_turn(&a->f);
    appliance_check_state(a, "registered");
}

static void test_cancel(void **state)
{
    struct appliance *a = *state;
    struct refusal refusal;
    enum operation operation;

    SCRIPT(&a->worker, KEY_ANSWER, { "CreateContext", SILENCE });
    start_registration(a);
    fake_worker_run(&a->worker, 2);
    assert_true(registration_cancel(registration_of(a), &root_requester, &operation, &refusal));
    assert_int_equal(operation, OPERATION_REGISTER);
    assert_null(registration_of(a)->errand);
    appliance_check_state(a, "unregistered");
    assert_true(registration_cancel(registration_of(a), &root_requester, &operation, &refusal));
    assert_int_equal(operation, OPERATION_NONE);
    fixture_settle(&a->f);
    assert_int_equal(a->worker.asked, 2);
}

static void test_deregister(void **state)
{
    struct appliance *a = *state;
    struct refusal refusal;
    const char *notice;
    char saved[64];

    SCRIPT(&a->worker, { "DeleteContext", "!dns_failed" }, { "DeleteContext", "!server_error" },
        { "DeleteContext", "{\"existed\":false}" });
    start_with(a, REGISTERED);
    assert_true(registration_deregister(registration_of(a), &root_requester, false, &notice, &refusal));
    assert_null(notice);
    appliance_check_state(a, "deregistering");
    appliance_run(a, 1);
    check_failure(a, "dns_failed", "delete", "It failed.", false);
    appliance_check_state(a, "deregistering");
    appliance_run_all(a);
    appliance_check_state(a, "unregistered");
    appliance_saved(a, "guid", saved, sizeof(saved));
    assert_string_equal(saved, "none");
    appliance_saved(a, "privateKey", saved, sizeof(saved));
    assert_string_equal(saved, "none");
}

static void test_deregister_cancelled(void **state)
{
    struct appliance *a = *state;
    struct refusal refusal;
    enum operation operation;
    const char *notice;

    SCRIPT(&a->worker, { "DeleteContext", SILENCE });
    start_with(a, REGISTERED);
    assert_true(registration_deregister(registration_of(a), &root_requester, false, &notice, &refusal));
    fake_worker_run(&a->worker, 1);
    assert_false(registration_deregister(registration_of(a), &root_requester, false, &notice, &refusal));
    assert_int_equal(refusal.reason, REASON_BUSY);
    assert_string_equal(refusal.message, "The appliance is being deregistered already.");
    assert_true(registration_cancel(registration_of(a), &root_requester, &operation, &refusal));
    assert_int_equal(operation, OPERATION_DEREGISTER);
    appliance_check_state(a, "registered");
    assert_string_equal(json_get_string(fixture_registration(&a->f), "certificate"), "CERT");
    assert_null(json_get_string(fixture_registration(&a->f), "step"));
}

static void test_deregister_locally(void **state)
{
    struct appliance *a = *state;
    struct refusal refusal;
    const char *notice = NULL;

    SCRIPT(&a->worker, { "DeleteContext", SILENCE });
    start_with(a, REGISTERED);
    assert_true(registration_deregister(registration_of(a), &root_requester, false, &notice, &refusal));
    fake_worker_run(&a->worker, 1);
    assert_true(registration_deregister(registration_of(a), &root_requester, true, &notice, &refusal));
    assert_string_equal(notice, "The appliance was deregistered locally; the cloud was not told. If it is "
                                "still listed under Devices in the "
                                "Cisco Threat Response portal, remove it there.");
    assert_null(registration_of(a)->errand);
    appliance_check_state(a, "unregistered");
    assert_false(registration_deregister(registration_of(a), &root_requester, true, &notice, &refusal));
    assert_int_equal(refusal.reason, REASON_NOT_REGISTERED);
    assert_string_equal(refusal.message, "The appliance is not registered.");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, appliance_set_up, appliance_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_register),
        TEST(test_transient),
        TEST(test_asked_to_wait),
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
