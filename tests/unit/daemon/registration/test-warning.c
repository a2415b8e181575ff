/* What is told by itself: when a certificate's warnings are due, and that each thing is told once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <time.h>

#include "daemon/registration/expiry.h"
#include "daemon/registration/sequence.h"
#include "daemon/registration/warning.h"
#include "unit/helpers/daemon/appliance.h"
#include "unit/helpers/daemon/log-lines.h"

#define DAY INT64_C(86400)

static int set_up(void **state)
{
    appliance_set_up(state);
    struct appliance *a = *state;

    SCRIPT(&a->worker, { "GenerateKey", SILENCE });
    return 0;
}

static void start_with(struct appliance *a, const char *state)
{
    appliance_start(a, state, "timing = { backoff_initial = 50; };\n");
}

/* The lines of the log that the warnings print. */
static void check_warnings(struct appliance *a, const char *expected)
{
    struct log_lines lines;

    log_lines_begin(&lines, LOG_INFO);
    warning_report_due(registration_of(a));
    assert_string_equal(log_lines_end(&lines), expected);
}

/* Sets the certificate's times, from now. */
static void set_times(struct appliance *a, int64_t renewal, int64_t end)
{
    appliance_set_not_after(a, end);
    appliance_set_time(a, "nextRenewal", renewal);
}

/* complaint("certificates: nobody is warned before a certificate expires") */
static void test_next_warning(void **state)
{
    struct appliance *a = *state;
    static const struct {
        int64_t renewal, end, expected; /* from now; 0: none */
    } cases[] = {
        { 300 * DAY, 400 * DAY, 370 * DAY },     /* thirty days before the end */
        { 20 * DAY, 60 * DAY, 30 * DAY + 1 },    /* a quarter of what was left is gone */
        { -40 * DAY, 20 * DAY, 13 * DAY },       /* seven days before the end */
        { -40 * DAY, 3 * DAY, 2 * DAY },         /* one day before the end */
        { -40 * DAY, 3600, 0 },                  /* all are past */
        { 3600, 2 * 3600, 3600 + 3600 / 4 + 1 }, /* a life of hours: when the renewal is overdue */
    };

    start_with(a, DOCUMENT(ENABLED_EUROPE, "registered", "," IDENTITY QUIET));
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        int64_t now = (int64_t)time(NULL);

        set_times(a, cases[i].renewal, cases[i].end);
        int64_t next = expiry_next_warning(registration_saved(registration_of(a)), now);
        int64_t wanted = cases[i].expected ? now + cases[i].expected : INT64_MAX;
        assert_true(next == wanted || (cases[i].expected && next == wanted + 1));
    }
}

#define EXPIRES(left) "The appliance's certificate expires in " left ", and its renewal is overdue.\n"

static void test_warned_once(void **state)
{
    struct appliance *a = *state;

    start_with(a, DOCUMENT(ENABLED_EUROPE, "registered", "," IDENTITY QUIET));
    set_times(a, 100 * DAY, 200 * DAY);
    check_warnings(a, "");
    set_times(a, -50 * DAY, 20 * DAY + 60);
    check_warnings(a, EXPIRES("20 days"));
    check_warnings(a, "");
    set_times(a, -50 * DAY, 7 * DAY - 60);
    check_warnings(a, EXPIRES("6 days"));
    check_warnings(a, "");
    appliance_stop(a);
    start_with(a, NULL);
    check_warnings(a, "");
    set_times(a, -50 * DAY, 3 * 3600 - 60);
    check_warnings(a, EXPIRES("3 hours"));
    set_times(a, -50 * DAY, -2);
    check_warnings(a, "The appliance's certificate has expired.\n");
    check_warnings(a, "");
    /* The clock was wrong. */
    set_times(a, 100 * DAY, 200 * DAY);
    check_warnings(a, "");
    set_times(a, -50 * DAY, 20 * DAY + 60);
    check_warnings(a, EXPIRES("20 days"));
}

static void test_time_left(void **state)
{
    struct appliance *a = *state;
    static const struct {
        int64_t left;
        const char *text;
    } cases[] = {
        { 60, EXPIRES("1 hour") },
        { 3600 - 10, EXPIRES("1 hour") },
        { 3600 + 60, EXPIRES("2 hours") },
        { 2 * DAY - 60, EXPIRES("48 hours") },
        { 2 * DAY + 60, EXPIRES("2 days") },
    };

    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        if (i > 0)
            appliance_stop(a);
        start_with(a, DOCUMENT(ENABLED_EUROPE, "registered", "," IDENTITY QUIET));
        set_times(a, -50 * DAY, cases[i].left);
        check_warnings(a, cases[i].text);
    }
}

/* A state that can't be saved makes no loop of warnings. */
static void test_warned_once_without_saving(void **state)
{
    struct appliance *a = *state;

    start_with(a, DOCUMENT(ENABLED_EUROPE, "registered", "," IDENTITY QUIET));
    a->f.core->store.read_only = true;
    set_times(a, -50 * DAY, 20 * DAY + 60);
    check_warnings(a, EXPIRES("20 days"));
    check_warnings(a, "");
    assert_null(json_object_object_get(fixture_registration(&a->f), "warnedDays"));
}

static void test_no_warnings(void **state)
{
    struct appliance *a = *state;
    static const char *const states[] = {
        DOCUMENT("\"enabled\":false,\"revision\":1", "registered", "," IDENTITY QUIET),
        DOCUMENT(ENABLED_EUROPE, "registered", "," IDENTITY QUIET ",\"removed\":true"),
        DOCUMENT(ENABLED_EUROPE, "unregistered", ""),
    };

    for (size_t i = 0; i < ELEMENTS(states); i++) {
        start_with(a, states[i]);
        if (i < 2)
            set_times(a, -50 * DAY, -2);
        check_warnings(a, "");
        appliance_stop(a);
    }
}

static void test_foreign_identity(void **state)
{
    struct appliance *a = *state;

    fixture_write_state(&a->f,
        "{\"version\":3,\"machineId\":\"ffffffffffffffffffffffffffffffff\",\"settings\":{" ENABLED_EUROPE
        "},\"commits\":[],\"registration\":{\"state\":\"registered\",\"since\":1," IDENTITY "}}");
    start_with(a, NULL);
    snprintf(a->f.core->machine_id, sizeof(a->f.core->machine_id), "00000000000000000000000000000001");
    check_warnings(a,
        "The state belongs to another machine; nothing is sent to the cloud until an administrator "
        "decides.\n");
    check_warnings(a, "");
    a->f.manager->registration.warned.foreign = false;
    check_warnings(a, "");
    assert_string_equal(json_get_string(fixture_registration(&a->f), "warnedMachine"), a->f.core->machine_id);
    /* And another one. */
    snprintf(a->f.core->machine_id, sizeof(a->f.core->machine_id), "00000000000000000000000000000002");
    check_warnings(a,
        "The state belongs to another machine; nothing is sent to the cloud until an administrator "
        "decides.\n");
}

/* A bit for each reason, until the operation has succeeded. */
static void test_reported_reasons(void **state)
{
    struct appliance *a = *state;
    struct registration *registration;

    SCRIPT(&a->worker, { "CreateContext", "!dns_failed" }, { "CreateContext", "!dns_failed" },
        { "CreateContext", "!server_error" });
    start_with(a, DOCUMENT(ENABLED_EUROPE, "registering",
                      "," SERVER ",\"guid\":\"" GUID "\",\"privateKey\":\"KEY\",\"token\":\"" TOKEN
                      "\",\"step\":\"context\""));
    registration = registration_of(a);
    for (size_t i = 1; i <= 3; i++) {
        appliance_run(a, i);
        uint64_t bits = UINT64_C(1) << REASON_DNS_FAILED;
        if (i == 3)
            bits |= UINT64_C(1) << REASON_SERVER_ERROR;
        assert_int_equal(registration->attempts[OPERATION_REGISTER].reported, bits);
        attempts_plan(&registration->attempts[OPERATION_REGISTER], 0);
        sequence_arm(registration);
    }
    attempts_forget(&registration->attempts[OPERATION_REGISTER]);
    assert_int_equal(registration->attempts[OPERATION_REGISTER].reported, 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, appliance_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_next_warning),
        TEST(test_time_left),
        TEST(test_warned_once),
        TEST(test_warned_once_without_saving),
        TEST(test_no_warnings),
        TEST(test_foreign_identity),
        TEST(test_reported_reasons),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
