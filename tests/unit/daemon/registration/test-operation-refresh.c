/* A registered appliance: refreshes, what removes it, its calendar, and the health that is shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <time.h>

#include "common/clock.h"
#include "common/idl.h"
#include "daemon/registration/health.h"
#include "daemon/registration/sequence.h"
#include "unit/helpers/daemon/appliance.h"
#include "unit/helpers/idl-text.h"

#define CONFIG                                                                                               \
    "timing = { backoff_initial = 0.01; attempts_per_hour = 1000; backoff_cap = 0.01; removal_confirmation " \
    "= 0.01; };\n"

static void start_with(struct appliance *a, const char *state)
{
    appliance_start(a, state, CONFIG);
}

static void refresh_now(struct appliance *a)
{
    attempts_plan(&registration_of(a)->attempts[OPERATION_REFRESH], 0);
    sequence_arm(registration_of(a));
}

static void test_refresh(void **state)
{
    struct appliance *a = *state;

    SCRIPT(&a->worker,
        { "Refresh",
            "{\"status\":\"Enrolled\",\"refreshInterval\":600,\"tenant\":{\"id\":\"2\",\"name\":\"New\"}}" });
    start_with(a, DOCUMENT(ENABLED_EUROPE, "registered", "," IDENTITY QUIET));
    refresh_now(a);
    appliance_run_all(a);
    assert_int_equal(json_get_int(fixture_registration(&a->f), "refreshInterval", 0), 600);
    assert_string_equal(
        json_get_string(json_get_object(fixture_registration(&a->f), "tenant"), "name"), "New");
    assert_string_equal(health_name(registration_of(a)), "ok");
    assert_int_equal(sequence_next(registration_of(a)), OPERATION_REFRESH);
    int64_t in = attempts_next_time(&registration_of(a)->attempts[OPERATION_REFRESH]) - (int64_t)time(NULL);
    assert_in_range(in, 530, 665);
}

/* The interval that counts is the configured one, after a long silence and with a clock that was set back, too. */
static void test_refresh_after_a_silence(void **state)
{
    struct appliance *a = *state;
    static const char *const silences[] = { "1000", "4000000000" };

    for (size_t i = 0; i < ELEMENTS(silences); i++) {
        char document[4096];

        snprintf(document, sizeof(document),
            DOCUMENT(
                ENABLED_EUROPE, "registered", "," IDENTITY ",\"refreshInterval\":86400,\"lastSuccess\":%s"),
            silences[i]);
        appliance_start(a, document, "timing = { refresh_interval = 40.0; };\n");
        /* A twentieth of it at most. */
        assert_true(registration_of(a)->attempts[OPERATION_REFRESH].due <=
                    clock_usec(CLOCK_BOOTTIME) + 2 * USEC_PER_SEC);
        appliance_stop(a);
    }
}

static void test_unreachable(void **state)
{
    struct appliance *a = *state;
    const char *step;
    int64_t next_attempt;

    SCRIPT(&a->worker, { "Refresh", "!tls_untrusted" }, { "Refresh", "!clock_skew,\"clockOffset\":1000" },
        { "Refresh", "{\"status\":\"Enrolled\",\"clockOffset\":-7}" });
    start_with(a, DOCUMENT(ENABLED_EUROPE, "registered", "," IDENTITY QUIET));
    refresh_now(a);
    appliance_run(a, 2);
    assert_string_equal(health_name(registration_of(a)), "unreachable");
    assert_string_equal(json_get_string(registration_of(a)->last_failure, "reason"), "clock_skew");
    assert_false(json_get_bool(registration_of(a)->last_failure, "permanent", true));
    assert_int_equal(registration_of(a)->clock_offset, 1000);
    assert_int_equal(registration_current(registration_of(a), &step, &next_attempt), OPERATION_REFRESH);
    assert_string_equal(step, "refresh");
    appliance_run_all(a);
    assert_string_equal(health_name(registration_of(a)), "ok");
    assert_int_equal(registration_current(registration_of(a), &step, &next_attempt), OPERATION_NONE);
    assert_true(registration_of(a)->clock_known);
    assert_int_equal(registration_of(a)->clock_offset, -7);
    assert_null(json_object_object_get(fixture_registration(&a->f), "clockOffset"));
    /* The identity is what it was. */
    assert_string_equal(json_get_string(fixture_registration(&a->f), "privateKey"), "KEY");
}

/* One denial proves nothing; what comes between begins the count anew. */
static void test_removal(void **state)
{
    struct appliance *a = *state;
    char saved[32];

    SCRIPT(&a->worker, { "Refresh", "!removed_in_portal" }, { "Refresh", DONE });
    start_with(a, DOCUMENT(ENABLED_EUROPE, "registered", "," IDENTITY QUIET));
    refresh_now(a);
    appliance_run_all(a);
    assert_string_equal(health_name(registration_of(a)), "ok");
    assert_int_equal(registration_of(a)->removal_seen, 0);

    SCRIPT(&a->worker, { "Refresh", "!removed_in_portal" }, { "Refresh", "!removed_in_portal" });
    refresh_now(a);
    appliance_run(a, 1);
    assert_true(registration_of(a)->removal_seen > 0);
    assert_string_equal(health_name(registration_of(a)), "unreachable");
    appliance_run_all(a);
    assert_string_equal(health_name(registration_of(a)), "removed_in_portal");
    appliance_saved(a, "state", saved, sizeof(saved));
    assert_string_equal(saved, "registered");
    for (size_t i = 0; i < OPERATION_MAX_; i++)
        assert_int_equal(registration_of(a)->attempts[i].due, UINT64_MAX);

    /* After a restart it is still so, and nothing is asked. */
    appliance_stop(a);
    start_with(a, NULL);
    assert_string_equal(health_name(registration_of(a)), "removed_in_portal");
    assert_int_equal(sequence_next(registration_of(a)), OPERATION_NONE);
}

/* complaint("certificates: a certificate that expired in a long time off is given up silently or unasked") */
/* A refusal of an expired certificate has that reason; nothing else has, nor a refusal of one that is valid. */
static void test_expired_and_refused(void **state)
{
    struct appliance *a = *state;
    static const struct {
        const char *answer, *reason;
        int64_t end; /* from now */
    } cases[] = {
        { "!server_error,\"httpStatus\":401", "certificate_expired", -10 },
        { "!est_rejected,\"httpStatus\":403", "certificate_expired", -10 },
        { "!server_error,\"httpStatus\":500", "server_error", -10 },
        { "!clock_skew,\"httpStatus\":401", "clock_skew", -10 },
        { "!dns_failed", "dns_failed", -10 },
        { "!server_error,\"httpStatus\":401", "server_error", 1000 },
    };

    start_with(a, DOCUMENT(ENABLED_EUROPE, "registered", "," IDENTITY QUIET ",\"nextRenewal\":4000000000"));
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        const struct answer answer = { "Refresh", cases[i].answer };

        json_object_object_add(json_get_object(fixture_registration(&a->f), "certificateInfo"), "notAfter",
            json_object_new_int64((int64_t)time(NULL) + cases[i].end));
        fixture_reread(&a->f);
        fake_worker_set(&a->worker, &answer, 1);
        refresh_now(a);
        appliance_run_all(a);
        assert_string_equal(json_get_string(registration_of(a)->last_failure, "reason"), cases[i].reason);
        assert_false(json_get_bool(registration_of(a)->last_failure, "permanent", true));
    }
}

/* Disabled, nothing is asked and the identity stays; enabled again, it goes on. */
static void test_disabled(void **state)
{
    struct appliance *a = *state;
    struct settings_conflict conflict = { 0 };
    struct refusal refusal = { 0 };
    json_object *made;
    const bool no = false, yes = true;

    SCRIPT(&a->worker, { "Refresh", SILENCE });
    start_with(a, DOCUMENT(ENABLED_EUROPE, "registered", "," IDENTITY QUIET));
    refresh_now(a);
    fake_worker_run(&a->worker, 1);
    settings_stage(&a->f.manager->settings, 0, &no, NULL, &refusal);
    assert_int_equal(
        settings_commit(&a->f.manager->settings, 0, NULL, &made, &conflict, &refusal), SETTINGS_DONE);
    assert_null(registration_of(a)->errand);
    assert_int_equal(sequence_next(registration_of(a)), OPERATION_NONE);
    assert_string_equal(health_name(registration_of(a)), "disabled");
    assert_string_equal(json_get_string(fixture_registration(&a->f), "privateKey"), "KEY");
    assert_false(registration_register(registration_of(a), &root_requester, TOKEN, &refusal));
    assert_int_equal(refusal.reason, REASON_FEATURE_DISABLED);
    assert_string_equal(
        refusal.message, "The Cisco Threat Response feature is currently disabled on your appliance.");

    settings_stage(&a->f.manager->settings, 0, &yes, NULL, &refusal);
    assert_int_equal(
        settings_commit(&a->f.manager->settings, 0, NULL, &made, &conflict, &refusal), SETTINGS_DONE);
    assert_string_equal(health_name(registration_of(a)), "ok");
    assert_int_equal(sequence_next(registration_of(a)), OPERATION_REFRESH);
}

/* The state of another machine: nothing is asked with its identity. */
static void test_other_machine(void **state)
{
    struct appliance *a = *state;
    struct refusal refusal;
    const char *notice;

    SCRIPT(&a->worker, { "Refresh", SILENCE });
    fixture_write_state(&a->f,
        "{\"version\":3,\"machineId\":\"ffffffffffffffffffffffffffffffff\",\"settings\":{" ENABLED_EUROPE
        "},\"commits\":[],\"registration\":{\"state\":\"registered\",\"since\":1," IDENTITY "}}");
    start_with(a, NULL);
    /* A machine without an id, as some containers are, recognises nothing. */
    snprintf(a->f.core->machine_id, sizeof(a->f.core->machine_id), "00000000000000000000000000000001");
    sequence_replan(registration_of(a));
    assert_string_equal(health_name(registration_of(a)), "identity_changed");
    assert_int_equal(sequence_next(registration_of(a)), OPERATION_NONE);
    assert_false(registration_deregister(registration_of(a), &root_requester, false, &notice, &refusal));
    assert_int_equal(refusal.reason, REASON_IDENTITY_CHANGED);
    assert_true(registration_deregister(registration_of(a), &root_requester, true, &notice, &refusal));
    assert_string_equal(json_get_string(fixture_registration(&a->f), "state"), "unregistered");
    assert_null(json_get_string(a->f.core->store.document, "machineId"));
}

/* The calendar wakes the daemon when the health changes by itself: nothing else may happen at that time. */
static void test_calendar(void **state)
{
    struct appliance *a = *state;
    static const struct {
        int64_t next_renewal, not_after, wake; /* from now */
    } cases[] = { { 500, 1000, 500 }, { -100, 1000, 176 }, { -500, 1000, 1001 } };
    int64_t now = (int64_t)time(NULL);

    SCRIPT(&a->worker, { "GenerateKey", SILENCE });
    start_with(a, DOCUMENT(ENABLED_EUROPE, "registered", "," IDENTITY QUIET));
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        json_object *info = json_get_object(fixture_registration(&a->f), "certificateInfo");
        uint64_t wake = 0;

        json_object_object_add(info, "notAfter", json_object_new_int64(now + cases[i].not_after));
        json_object_object_add(
            fixture_registration(&a->f), "nextRenewal", json_object_new_int64(now + cases[i].next_renewal));
        fixture_reread(&a->f);
        sequence_replan(registration_of(a));
        assert_true(sd_event_source_get_time(registration_of(a)->calendar, &wake) >= 0);
        assert_int_equal(wake / USEC_PER_SEC, now + cases[i].wake);
    }
}

/* Every health of the IDL is reached, and its name is one of the IDL. */
static void test_health(void **state)
{
    struct appliance *a = *state;
    static const struct {
        const char *health, *settings;
        int64_t not_after, next_renewal; /* from now */
        const char *members;
        unsigned failures;
    } cases[] = {
        { "ok", ENABLED_EUROPE, 1000, 500, "", 0 },
        { "ok", ENABLED_EUROPE, 1000, -100, "", 0 },
        { "unreachable", ENABLED_EUROPE, 1000, 500, "", 1 },
        { "renewal_overdue", ENABLED_EUROPE, 1000, -500, "", 1 },
        { "certificate_expired", ENABLED_EUROPE, -10, -500, "", 1 },
        { "removed_in_portal", ENABLED_EUROPE, -10, -500, ",\"removed\":true", 0 },
        { "disabled", "\"enabled\":false,\"revision\":1", -10, 500, ",\"removed\":true", 0 },
    };
    _cleanup_json_ json_object *idl = idl_parse(idl_agent);
    int64_t now = (int64_t)time(NULL);

    assert_int_equal(json_object_array_length(json_get_array(idl_type_of(idl, "Health"), "choices")), 10);
    assert_true(idl_has_choice(idl_type_of(idl, "Health"), "state_lost"));
    assert_true(idl_has_choice(idl_type_of(idl, "Health"), "config_invalid"));
    assert_true(idl_has_choice(idl_type_of(idl, "Health"), "server_unknown"));
    assert_true(idl_has_choice(idl_type_of(idl, "Health"), "identity_changed"));
    SCRIPT(&a->worker, { "GenerateKey", SILENCE });
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        char text[2048];

        snprintf(text, sizeof(text),
            "{\"version\":3,\"settings\":{%s},\"commits\":[],\"registration\":{\"state\":\"registered\","
            "\"since\":1,%s%s}}",
            cases[i].settings, IDENTITY QUIET, cases[i].members);
        start_with(a, text);
        json_object *info = json_get_object(fixture_registration(&a->f), "certificateInfo");
        json_object_object_add(info, "notAfter", json_object_new_int64(now + cases[i].not_after));
        json_object_object_add(
            fixture_registration(&a->f), "nextRenewal", json_object_new_int64(now + cases[i].next_renewal));
        fixture_reread(&a->f);
        registration_of(a)->attempts[OPERATION_REFRESH].failures = cases[i].failures;
        assert_string_equal(health_name(registration_of(a)), cases[i].health);
        assert_true(idl_has_choice(idl_type_of(idl, "Health"), cases[i].health));
        appliance_stop(a);
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, appliance_set_up, appliance_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_refresh),
        TEST(test_refresh_after_a_silence),
        TEST(test_unreachable),
        TEST(test_removal),
        TEST(test_expired_and_refused),
        TEST(test_disabled),
        TEST(test_other_machine),
        TEST(test_calendar),
        TEST(test_health),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
