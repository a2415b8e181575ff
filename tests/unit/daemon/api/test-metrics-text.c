/* Metrics: what is counted, as which text, and how long that can get. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <inttypes.h>

#include "common/json.h"
#include "daemon/api/metrics-text.h"
#include "unit/helpers/daemon/fixture.h"

static struct fixture f;

static int set_up(void **state)
{
    (void)state;
    fixture_open(&f);
    fixture_start(&f, "");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_close(&f);
    return 0;
}

static struct counters *counters(void)
{
    return &f.core->counters;
}

static char *text_of(enum metrics_format format)
{
    char *text = metrics_text(&f.manager->api, format);

    assert_non_null(text);
    return text;
}

/* True if a text has a line. */
static bool has(const char *text, const char *line)
{
    size_t length = strlen(line);

    for (const char *p = strstr(text, line); p; p = strstr(p + 1, line))
        if ((p == text || p[-1] == '\n') && p[length] == '\n')
            return true;
    return false;
}

static void assert_lines(enum metrics_format format, const char *const lines[], bool present)
{
    char *text = text_of(format);

    for (; *lines; lines++)
        if (has(text, *lines) != present)
            fail_msg("%s: %s\n%s", *lines, present ? "missing" : "present", text);
    free(text);
}

#define HAS(...) assert_lines(METRICS_PROMETHEUS, (const char *const[]){ __VA_ARGS__, NULL }, true)
#define LACKS(...) assert_lines(METRICS_PROMETHEUS, (const char *const[]){ __VA_ARGS__, NULL }, false)

static void test_results(void **state)
{
    static const struct {
        const char *error, *line;
    } cases[] = {
        { NULL, "threatresponse_calls_total{method=\"GetStatus\",result=\"ok\"} 1" },
        { "org.threatresponse.agent.Refused",
            "threatresponse_calls_total{method=\"GetStatus\",result=\"refused\"} 1" },
        { "org.threatresponse.agent.PermissionDenied",
            "threatresponse_calls_total{method=\"GetStatus\",result=\"permission_denied\"} 1" },
        { "org.varlink.service.InvalidParameter",
            "threatresponse_calls_total{method=\"GetStatus\",result=\"invalid_parameter\"} 1" },
        { "org.varlink.service.MethodNotFound",
            "threatresponse_calls_total{method=\"GetStatus\",result=\"not_found\"} 1" },
        { "org.varlink.service.InterfaceNotFound",
            "threatresponse_calls_total{method=\"GetStatus\",result=\"not_found\"} 2" },
        { "org.threatresponse.agent.NothingStaged",
            "threatresponse_calls_total{method=\"GetStatus\",result=\"error\"} 1" },
    };

    (void)state;
    HAS("threatresponse_calls_total{method=\"GetStatus\",result=\"ok\"} 0");
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        LACKS(cases[i].line);
        counters_count_call(counters(), 0, cases[i].error);
        HAS(cases[i].line);
    }
    counters_count_stream(counters(), 0);
    counters_count_call(counters(), COUNTERS_METHODS_MAX - 1, NULL);
    counters_count_time(counters(), 0, ELEMENTS(cases), 1);
    HAS("threatresponse_calls_total{method=\"GetStatus\",result=\"stream\"} 1",
        "threatresponse_calls_total{method=\"other\",result=\"ok\"} 1",
        "threatresponse_call_duration_seconds_count{method=\"GetStatus\"} 7");
}

/* Each reason of each operation has a line of its own. */
static void test_failures(void **state)
{
    char line[160];

    (void)state;
    for (enum operation operation = 0; operation < OPERATION_MAX_; operation++)
        for (enum reason reason = REASON_NONE + 1; reason < REASON_MAX_; reason++) {
            snprintf(line, sizeof(line),
                "threatresponse_attempts_failed_total{operation=\"%s\",reason=\"%s\"} 1",
                operation_names[operation], reason_to_string(reason));
            LACKS(line);
            counters_count_failed(counters(), operation, reason);
            HAS(line);
        }
}

#define BUCKET(le, n) "threatresponse_call_duration_seconds_bucket{method=\"GetStatus\",le=\"" le "\"} " n

/* A bound belongs to its bucket; the buckets are cumulated. */
static void test_latency(void **state)
{
    static const uint64_t times[] = { 1, 10000, 10001, 1000000, 1000001, 999999999, 1000000000, 1000000001,
        7000000000 };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(times); i++)
        counters_count_time(counters(), 0, 1, times[i]);
    HAS(BUCKET("1e-05", "2"), BUCKET("5e-05", "3"), BUCKET("0.0005", "3"), BUCKET("0.001", "4"),
        BUCKET("0.005", "5"), BUCKET("0.1", "5"), BUCKET("1.0", "7"), BUCKET("+Inf", "9"),
        "threatresponse_call_duration_seconds_sum{method=\"GetStatus\"} 10.002020003",
        "threatresponse_call_duration_seconds_count{method=\"GetStatus\"} 9");
    LACKS("threatresponse_call_duration_seconds_count{method=\"ListServers\"} 0");
}

static void test_registration(void **state)
{
    (void)state;
    HAS("threatresponse_up 1", "threatresponse_enabled 0", "threatresponse_state_fault 0",
        "threatresponse_registration_state{state=\"unregistered\"} 1",
        "threatresponse_registration_state{state=\"registered\"} 0",
        "threatresponse_registration_health{health=\"ok\"} 0",
        "threatresponse_operations_completed_total{operation=\"renew\"} 0");
    /* What is not known is not there. */
    char *text = text_of(METRICS_PROMETHEUS);
    assert_null(strstr(text, "certificate_expiry"));
    assert_null(strstr(text, "last_success"));
    assert_null(strstr(text, "reason="));
    free(text);

    counters_count_completed(counters(), OPERATION_REFRESH);
    counters_count_failed(counters(), OPERATION_RENEW, REASON_DNS_FAILED);
    counters_count_failed(counters(), OPERATION_RENEW, REASON_DNS_FAILED);
    f.manager->registration.last_success = 1785000000;
    f.manager->registration.attempts[OPERATION_RENEW].failures = 2;
    HAS("threatresponse_operations_completed_total{operation=\"refresh\"} 1",
        "threatresponse_attempts_failed_total{operation=\"renew\",reason=\"dns_failed\"} 2",
        "threatresponse_last_success_timestamp_seconds 1785000000", "threatresponse_consecutive_failures 2");
    f.manager->registration.attempts[OPERATION_RENEW].failures = 0;
}

/* The two formats differ in the names of counters' families, the units and the end. */
static void test_formats(void **state)
{
    static const char *const open[] = {
        "# TYPE threatresponse_calls counter",
        "# HELP threatresponse_calls Calls of the local interface, by method and result.",
        "# UNIT threatresponse_call_duration_seconds seconds",
        "# UNIT threatresponse_start_time_seconds seconds",
        "# EOF",
        NULL,
    };
    static const char *const prometheus[] = {
        "# TYPE threatresponse_calls_total counter",
        "# HELP threatresponse_calls_total Calls of the local interface, by method and result.",
        NULL,
    };

    (void)state;
    assert_lines(METRICS_OPENMETRICS, open, true);
    assert_lines(METRICS_OPENMETRICS, prometheus, false);
    assert_lines(METRICS_PROMETHEUS, prometheus, true);
    assert_lines(METRICS_PROMETHEUS, open, false);
    char *text = text_of(METRICS_OPENMETRICS);
    assert_string_equal(text + strlen(text) - 6, "# EOF\n");
    free(text);
}

static void count_all(uint64_t n)
{
    for (int operation = 0; operation < OPERATION_MAX_; operation++) {
        counters()->completed[operation] = n;
        for (int reason = 0; reason < REASON_MAX_; reason++)
            counters()->failed[operation][reason] = n;
    }
    for (size_t i = 0; i < COUNTERS_METHODS_MAX; i++) {
        counters_count_stream(counters(), i);
        struct method_counters *method = counters()->methods[i];

        for (int result = 0; result < CALL_RESULT_MAX_; result++)
            method->results[result] = n;
        for (size_t bucket = 0; bucket <= COUNTERS_BUCKETS; bucket++)
            method->buckets[bucket] = n / (COUNTERS_BUCKETS + 1);
        method->nanoseconds = n;
    }
}

/* With every result of every method and every reason of every operation counted in billions, the reply still fits the
 * smallest api.max_output. */
static void test_bound(void **state)
{
    (void)state;
    count_all(UINT64_C(10000000000));
    char *text = text_of(METRICS_OPENMETRICS);
    _cleanup_json_ json_object *parameters = json_object_new_object();
    assert_int_equal(json_add_string(parameters, "metrics", text), 0);
    size_t size;
    assert_non_null(json_text(parameters, &size));
    const struct config_key *key = config_schema;
    while (!streq(key->path, "api.max_output"))
        key++;
    print_message("at most %zu bytes, and %.0f are room\n", size, key->min);
    assert_true((double)size < key->min - 100);
    free(text);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_results),
        TEST(test_failures),
        TEST(test_latency),
        TEST(test_registration),
        TEST(test_formats),
        TEST(test_bound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
