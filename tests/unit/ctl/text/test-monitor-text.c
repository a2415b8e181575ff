/* The line for monitors: each health, state and fault has its level. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/memory.h"
#include "ctl/text/monitor-text.h"

#define NOW 1795571312 /* 2026-11-25 01:48:32 UTC */
#define DAY 86400

static const struct {
    enum monitor_level level;
    const char *text;
    bool disabled;
    enum tr_state state;         /* 0: registered */
    enum tr_operation operation; /* that waits */
    bool ended;                  /* the last registration, for good */
    enum tr_health health;
    int64_t life, left; /* of the certificate, in seconds; 0: none */
    int64_t attempt, success, clock;
    const char *state_fault, *config_fault;
} cases[] = {
    { MONITOR_OK,
        "OK - enabled, registered, health ok, certificate 300 days left, last success 2026-11-25 01:45:32 "
        "UTC (3 min ago)",
        .health = TR_HEALTH_OK, .life = 400 * DAY, .left = 300 * DAY + 5, .success = 180 },
    { MONITOR_OK, "OK - disabled, unregistered", .disabled = true, .state = TR_STATE_UNREGISTERED },
    { MONITOR_OK, "OK - disabled, registered, health disabled, certificate expired", .disabled = true,
        .health = TR_HEALTH_DISABLED, .life = 400 * DAY, .left = -1 },
    { MONITOR_WARNING, "WARNING - disabled, registering, register waits until the feature is enabled",
        .disabled = true, .state = TR_STATE_REGISTERING, .operation = TR_OPERATION_REGISTER },
    { MONITOR_WARNING, "WARNING - disabled, deregistering, deregister waits until the feature is enabled",
        .disabled = true, .state = TR_STATE_DEREGISTERING, .operation = TR_OPERATION_DEREGISTER },
    { MONITOR_WARNING,
        "WARNING - disabled, registered, health disabled, renew waits until the feature is enabled",
        .disabled = true, .health = TR_HEALTH_DISABLED, .operation = TR_OPERATION_RENEW },
    { MONITOR_OK, "OK - enabled, registering", .state = TR_STATE_REGISTERING,
        .operation = TR_OPERATION_REGISTER },
    { MONITOR_WARNING, "WARNING - enabled, unregistered, registration failed for good: dns_failed",
        .state = TR_STATE_UNREGISTERED, .ended = true },
    { MONITOR_WARNING, "WARNING - enabled, unregistered", .state = TR_STATE_UNREGISTERED },
    { MONITOR_OK, "OK - enabled, registering", .state = TR_STATE_REGISTERING },
    { MONITOR_WARNING, "WARNING - enabled, registering, 1 attempt failed: dns_failed",
        .state = TR_STATE_REGISTERING, .attempt = 1 },
    { MONITOR_OK, "OK - enabled, deregistering", .state = TR_STATE_DEREGISTERING },
    { MONITOR_WARNING, "WARNING - enabled, deregistering, 12 attempts failed: dns_failed",
        .state = TR_STATE_DEREGISTERING, .attempt = 12 },
    { MONITOR_WARNING, "WARNING - enabled, unknown", .state = TR_STATE_OTHER },
    { MONITOR_WARNING, "WARNING - enabled, registered, health unreachable", .health = TR_HEALTH_UNREACHABLE },
    { MONITOR_WARNING, "WARNING - enabled, registered, health renewal_overdue",
        .health = TR_HEALTH_RENEWAL_OVERDUE },
    { MONITOR_CRITICAL, "CRITICAL - enabled, registered, health certificate_expired, certificate expired",
        .health = TR_HEALTH_CERTIFICATE_EXPIRED, .life = 400 * DAY, .left = -1 },
    { MONITOR_CRITICAL, "CRITICAL - enabled, registered, health removed_in_portal",
        .health = TR_HEALTH_REMOVED_IN_PORTAL },
    { MONITOR_CRITICAL, "CRITICAL - enabled, registered, health identity_changed",
        .health = TR_HEALTH_IDENTITY_CHANGED },
    { MONITOR_CRITICAL, "CRITICAL - disabled, unregistered, health identity_changed", .disabled = true,
        .state = TR_STATE_UNREGISTERED, .health = TR_HEALTH_IDENTITY_CHANGED },
    { MONITOR_CRITICAL, "CRITICAL - enabled, unregistered, health server_unknown",
        .state = TR_STATE_UNREGISTERED, .health = TR_HEALTH_SERVER_UNKNOWN },
    { MONITOR_CRITICAL, "CRITICAL - enabled, unregistered, health state_lost", .state = TR_STATE_UNREGISTERED,
        .health = TR_HEALTH_STATE_LOST },
    { MONITOR_CRITICAL, "CRITICAL - disabled, unregistered, health config_invalid", .disabled = true,
        .state = TR_STATE_UNREGISTERED, .health = TR_HEALTH_CONFIG_INVALID },
    { MONITOR_WARNING, "WARNING - enabled, registered, health unknown", .health = TR_HEALTH_OTHER },
    /* The end of the certificate, at its limits. */
    { MONITOR_OK, "OK - enabled, registered, health ok, certificate 7 days left", .health = TR_HEALTH_OK,
        .life = 400 * DAY, .left = 7 * DAY },
    { MONITOR_CRITICAL, "CRITICAL - enabled, registered, health ok, certificate 6 days left",
        .health = TR_HEALTH_OK, .life = 400 * DAY, .left = 7 * DAY - 1 },
    { MONITOR_CRITICAL, "CRITICAL - enabled, registered, health ok, certificate 1 day left",
        .health = TR_HEALTH_OK, .life = 400 * DAY, .left = DAY },
    { MONITOR_CRITICAL, "CRITICAL - enabled, registered, health ok, certificate 0 days left",
        .health = TR_HEALTH_OK, .life = 400 * DAY, .left = 1 },
    { MONITOR_OK, "OK - enabled, registered, health ok, certificate 1 day left", .health = TR_HEALTH_OK,
        .life = 4 * DAY, .left = DAY },
    { MONITOR_CRITICAL, "CRITICAL - enabled, registered, health ok, certificate 0 days left",
        .health = TR_HEALTH_OK, .life = 4 * DAY, .left = DAY - 1 },
    /* Faults beside a good registration. */
    { MONITOR_CRITICAL, "CRITICAL - enabled, registered, health ok, state fault: full",
        .health = TR_HEALTH_OK, .state_fault = "full" },
    { MONITOR_CRITICAL, "CRITICAL - disabled, unregistered, state fault: full", .disabled = true,
        .state = TR_STATE_UNREGISTERED, .state_fault = "full" },
    { MONITOR_WARNING, "WARNING - enabled, registered, health ok, configuration fault: line 3 a b",
        .health = TR_HEALTH_OK, .config_fault = "line 3|a\nb" },
    { MONITOR_CRITICAL,
        "CRITICAL - enabled, registered, health ok, state fault: full, configuration fault: x",
        .health = TR_HEALTH_OK, .config_fault = "x", .state_fault = "full" },
    { MONITOR_OK, "OK - enabled, registered, health ok", .health = TR_HEALTH_OK, .clock = 60 },
    { MONITOR_WARNING, "WARNING - enabled, registered, health ok, clock wrong by 61 seconds",
        .health = TR_HEALTH_OK, .clock = -61 },
};

static void check_case(size_t i)
{
    const struct tr_server server = { 1, "EUROPE", "api.eu.example", true };
    const struct tr_failure failure = {
        .reason = "dns_failed", .operation = TR_OPERATION_REGISTER, .permanent = cases[i].ended
    };
    const struct tr_certificate certificate = { .not_before = NOW + cases[i].left - cases[i].life,
        .not_after = NOW + cases[i].left };
    const struct tr_registration registration = {
        .state = cases[i].state ? cases[i].state : TR_STATE_REGISTERED,
        .health = cases[i].health,
        .operation = cases[i].operation,
        .attempt = cases[i].attempt,
        .last_failure = &failure,
        .last_success = cases[i].success ? NOW - cases[i].success : 0,
        .certificate = cases[i].life ? &certificate : NULL,
        .has_clock_offset = cases[i].clock != 0,
        .clock_offset = cases[i].clock,
    };
    const struct tr_status status = { .enabled = !cases[i].disabled,
        .server = &server,
        .registration = &registration,
        .state_fault = cases[i].state_fault,
        .config_fault = cases[i].config_fault };
    struct monitor_text line = monitor_text_judge(&status, NOW);

    assert_true(strncmp(line.text, "THREATRESPONSE ", 15) == 0);
    assert_string_equal(line.text + 15, cases[i].text);
    assert_int_equal(line.level, cases[i].level);
}

static void test_levels(void **state)
{
    bool seen[TR_HEALTH_CONFIG_INVALID + 1] = { false };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        check_case(i);
        if (cases[i].health >= 0)
            seen[cases[i].health] = true;
    }
    for (size_t i = 0; i < ELEMENTS(seen); i++)
        assert_true(seen[i]);
}

static void test_no_answer(void **state)
{
    char message[4000];

    (void)state;
    assert_int_equal(monitor_text_unknown("No | daemon.").level, MONITOR_UNKNOWN);
    assert_string_equal(monitor_text_unknown("No | daemon.").text, "THREATRESPONSE UNKNOWN - No   daemon.");
    memset(message, 'x', sizeof(message) - 1);
    message[sizeof(message) - 1] = 0;
    assert_true(strlen(monitor_text_unknown(message).text) > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_no_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
