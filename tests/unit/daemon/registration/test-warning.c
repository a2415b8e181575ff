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
#include "unit/helpers/daemon/fake-worker.h"
#include "unit/helpers/daemon/states.h"

#define DAY INT64_C(86400)

static FILE *lines;

static int set_up(void **state)
{
    fake_worker_set_up(state);
    SCRIPT(&worker, { "GenerateKey", SILENCE });
    lines = tmpfile();
    return lines ? 0 : -1;
}

static int tear_down(void **state)
{
    fclose(lines);
    return fake_worker_tear_down(state);
}

static void start_with(const char *state)
{
    fake_worker_start(state, "timing = { backoff_initial = 50; };\n");
}

/* The lines of the log that the warnings print. */
static void check_warnings(const char *expected)
{
    char text[512] = "";
    int saved = dup(STDERR_FILENO);

    rewind(lines);
    assert_int_equal(ftruncate(fileno(lines), 0), 0);
    fflush(stderr);
    assert_true(dup2(fileno(lines), STDERR_FILENO) >= 0);
    log_set_level(LOG_INFO);
    warning_tell_due(&f.manager->registration);
    log_set_level(LOG_EMERG);
    assert_true(dup2(saved, STDERR_FILENO) >= 0);
    close(saved);
    rewind(lines);
    text[fread(text, 1, sizeof(text) - 1, lines)] = 0;
    assert_string_equal(text, expected);
}

/* Sets the certificate's times, from now. */
static void set_times(int64_t renewal, int64_t end)
{
    json_object *saved = fixture_registration(&f);
    int64_t now = (int64_t)time(NULL);

    json_object_object_add(
        json_get_object(saved, "certificateInfo"), "notAfter", json_object_new_int64(now + end));
    json_object_object_add(saved, "nextRenewal", json_object_new_int64(now + renewal));
    fixture_reread(&f);
}

/* complaint("certificates: nobody is warned before a certificate expires") */
static void test_next_warning(void **state)
{
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

    (void)state;
    start_with(DOCUMENT(ENABLED_EUROPE, "registered", "," IDENTITY QUIET));
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        int64_t now = (int64_t)time(NULL);

        set_times(cases[i].renewal, cases[i].end);
        int64_t next = expiry_next_warning(registration_saved(registration()), now);
        int64_t wanted = cases[i].expected ? now + cases[i].expected : INT64_MAX;
        assert_true(next == wanted || (cases[i].expected && next == wanted + 1));
    }
}

#define EXPIRES(left) "The appliance's certificate expires in " left ", and its renewal is overdue.\n"

static void test_warned_once(void **state)
{
    (void)state;
    start_with(DOCUMENT(ENABLED_EUROPE, "registered", "," IDENTITY QUIET));
    set_times(100 * DAY, 200 * DAY);
    check_warnings("");
    set_times(-50 * DAY, 20 * DAY + 60);
    check_warnings(EXPIRES("20 days"));
    check_warnings("");
    set_times(-50 * DAY, 7 * DAY - 60);
    check_warnings(EXPIRES("6 days"));
    check_warnings("");
    fake_worker_detach(&worker);
    fixture_stop(&f);
    start_with(NULL);
    check_warnings("");
    set_times(-50 * DAY, 3 * 3600 - 60);
    check_warnings(EXPIRES("3 hours"));
    set_times(-50 * DAY, -2);
    check_warnings("The appliance's certificate has expired.\n");
    check_warnings("");
    /* The clock was wrong. */
    set_times(100 * DAY, 200 * DAY);
    check_warnings("");
    set_times(-50 * DAY, 20 * DAY + 60);
    check_warnings(EXPIRES("20 days"));
}

/* A state that can't be saved makes no loop of warnings. */
static void test_warned_once_without_saving(void **state)
{
    (void)state;
    start_with(DOCUMENT(ENABLED_EUROPE, "registered", "," IDENTITY QUIET));
    f.manager->core.store.read_only = true;
    set_times(-50 * DAY, 20 * DAY + 60);
    check_warnings(EXPIRES("20 days"));
    check_warnings("");
    assert_null(json_object_object_get(fixture_registration(&f), "warnedDays"));
}

static void test_no_warnings(void **state)
{
    static const char *const states[] = {
        DOCUMENT("\"enabled\":false,\"revision\":1", "registered", "," IDENTITY QUIET),
        DOCUMENT(ENABLED_EUROPE, "registered", "," IDENTITY QUIET ",\"removed\":true"),
        DOCUMENT(ENABLED_EUROPE, "unregistered", ""),
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(states); i++) {
        start_with(states[i]);
        if (i < 2)
            set_times(-50 * DAY, -2);
        check_warnings("");
        fake_worker_detach(&worker);
        fixture_stop(&f);
    }
}

static void test_foreign_identity(void **state)
{
    (void)state;
    fixture_write_state(&f,
        "{\"version\":2,\"machineId\":\"ffffffffffffffffffffffffffffffff\",\"settings\":{" ENABLED_EUROPE
        "},\"commits\":[],\"registration\":{\"state\":\"registered\",\"since\":1," IDENTITY "}}");
    start_with(NULL);
    snprintf(
        f.manager->core.machine_id, sizeof(f.manager->core.machine_id), "00000000000000000000000000000001");
    check_warnings(
        "The state belongs to another machine; nothing is sent to the cloud until an administrator "
        "decides.\n");
    check_warnings("");
    f.manager->registration.warned.foreign = false;
    check_warnings("");
    assert_string_equal(
        json_get_string(fixture_registration(&f), "warnedMachine"), f.manager->core.machine_id);
    /* And another one. */
    snprintf(
        f.manager->core.machine_id, sizeof(f.manager->core.machine_id), "00000000000000000000000000000002");
    check_warnings(
        "The state belongs to another machine; nothing is sent to the cloud until an administrator "
        "decides.\n");
}

/* A bit for each reason, until the operation has succeeded. */
static void test_reported_reasons(void **state)
{
    struct registration *registration;

    (void)state;
    SCRIPT(&worker, { "CreateContext", "!dns_failed" }, { "CreateContext", "!dns_failed" },
        { "CreateContext", "!server_error" });
    start_with(DOCUMENT(ENABLED_EUROPE, "registering",
        "," SERVER ",\"guid\":\"" GUID "\",\"privateKey\":\"KEY\",\"token\":\"" TOKEN
        "\",\"step\":\"context\""));
    registration = &f.manager->registration;
    for (size_t i = 1; i <= 3; i++) {
        fake_worker_run(&worker, i);
        while (registration->errand)
            fixture_turn(&f);
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

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_next_warning),
        TEST(test_warned_once),
        TEST(test_warned_once_without_saving),
        TEST(test_no_warnings),
        TEST(test_foreign_identity),
        TEST(test_reported_reasons),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
