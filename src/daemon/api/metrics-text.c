#include "daemon/core/counters.h"

#include "common/version.h"
#include "daemon/api/api.h"
#include "daemon/manager.h"

#include <inttypes.h>
#include <stdio.h>

#define PREFIX "threatresponse_"

static const char *const result_names[METRICS_RESULT_MAX_] = {
    [METRICS_OK] = "ok",
    [METRICS_STREAM] = "stream",
    [METRICS_REFUSED] = "refused",
    [METRICS_PERMISSION_DENIED] = "permission_denied",
    [METRICS_INVALID_PARAMETER] = "invalid_parameter",
    [METRICS_NOT_FOUND] = "not_found",
    [METRICS_ERROR] = "error",
};

/* The errors that are counted by themselves, by the last part of their names. */
static const struct {
    const char *name;
    enum metrics_result result;
} errors[] = {
    { "Refused", METRICS_REFUSED },
    { "PermissionDenied", METRICS_PERMISSION_DENIED },
    { "InvalidParameter", METRICS_INVALID_PARAMETER },
    { "MethodNotFound", METRICS_NOT_FOUND },
    { "InterfaceNotFound", METRICS_NOT_FOUND },
};

/* The upper bounds of the buckets, as they are written, too. */
static const struct {
    uint64_t nanoseconds;
    const char *seconds;
} buckets[METRICS_BUCKETS] = {
    { 10000, "1e-05" },
    { 50000, "5e-05" },
    { 100000, "0.0001" },
    { 500000, "0.0005" },
    { 1000000, "0.001" },
    { 5000000, "0.005" },
    { 25000000, "0.025" },
    { 100000000, "0.1" },
    { 1000000000, "1.0" },
};

static enum metrics_result result_of(const char *error)
{
    const char *dot = error ? strrchr(error, '.') : NULL;

    if (!error)
        return METRICS_OK;
    for (size_t i = 0; i < ELEMENTS(errors); i++)
        if (streq(errors[i].name, dot ? dot + 1 : error))
            return errors[i].result;
    return METRICS_ERROR;
}

void metrics_done(struct metrics *metrics)
{
    for (size_t method = 0; method < METRICS_METHODS_MAX; method++) {
        free(metrics->methods[method]);
        metrics->methods[method] = NULL;
    }
}

/* The counters of a method; NULL without memory: then it is not counted. */
static struct metrics_method *counters_of(struct metrics *metrics, size_t method)
{
    if (!metrics->methods[method])
        metrics->methods[method] = calloc(1, sizeof(struct metrics_method));
    return metrics->methods[method];
}

void metrics_count_call(struct metrics *metrics, size_t method, const char *error)
{
    struct metrics_method *counted = counters_of(metrics, method);

    if (counted)
        counted->results[result_of(error)]++;
}

void metrics_count_time(struct metrics *metrics, size_t method, unsigned calls, uint64_t nanoseconds)
{
    struct metrics_method *counted = counters_of(metrics, method);
    size_t i = 0;

    if (!counted)
        return;
    while (i < METRICS_BUCKETS && nanoseconds > buckets[i].nanoseconds)
        i++;
    counted->buckets[i] += calls;
    counted->nanoseconds += calls * nanoseconds;
}

void metrics_count_stream(struct metrics *metrics, size_t method)
{
    struct metrics_method *counted = counters_of(metrics, method);

    if (counted)
        counted->results[METRICS_STREAM]++;
}

void metrics_count_completed(struct metrics *metrics, enum operation operation)
{
    metrics->completed[operation]++;
}

void metrics_count_failed(struct metrics *metrics, enum operation operation, enum reason reason)
{
    metrics->failed[operation][reason]++;
}

/* A text in the making. */
struct page {
    FILE *out;
    enum metrics_format format;
    const struct manager *manager;
};

/* The head of a family. A counter's samples end in _total; for Prometheus the family does, too. */
static void put_family(const struct page *page, const char *name, const char *type, const char *help)
{
    const char *total = streq(type, "counter") && page->format == METRICS_PROMETHEUS ? "_total" : "";
    const char *seconds = strstr(name, "_seconds");

    fprintf(page->out, "# HELP " PREFIX "%s%s %s\n# TYPE " PREFIX "%s%s %s\n", name, total, help, name, total,
        type);
    if (page->format == METRICS_OPENMETRICS && seconds && !seconds[strlen("_seconds")])
        fprintf(page->out, "# UNIT " PREFIX "%s seconds\n", name);
}

static void put_gauge(const struct page *page, const char *name, const char *help, int64_t value)
{
    put_family(page, name, "gauge", help);
    fprintf(page->out, PREFIX "%s %" PRId64 "\n", name, value);
}

/* One sample for each name, of which the present one is 1. */
static void put_set(const struct page *page, const char *name, const char *label, const char *help,
    const char *const *names, const char *present)
{
    put_family(page, name, "gauge", help);
    for (; *names; names++)
        fprintf(page->out, PREFIX "%s{%s=\"%s\"} %d\n", name, label, *names, streq0(*names, present));
}

static int64_t saved_certificate_time(const struct manager *manager)
{
    return json_get_int(
        json_get_object(store_registration(manager->store.document), "certificateInfo"), "notAfter", 0);
}

static int64_t renewal_time(const struct manager *manager)
{
    return json_get_int(store_registration(manager->store.document), "nextRenewal", 0);
}

static int64_t last_success(const struct manager *manager)
{
    return manager->registration.last_success;
}

static int64_t last_failure(const struct manager *manager)
{
    return json_get_int(manager->registration.last_failure, "time", 0);
}

static int64_t consecutive_failures(const struct manager *manager)
{
    int64_t most = 0;

    for (int operation = 0; operation < OPERATION_MAX_; operation++)
        if (manager->registration.attempts[operation].failures > most)
            most = manager->registration.attempts[operation].failures;
    return most;
}

static int64_t is_enabled(const struct manager *manager)
{
    return settings_enabled(manager);
}

static int64_t is_up(const struct manager *manager)
{
    (void)manager;
    return 1;
}

static int64_t start_time(const struct manager *manager)
{
    return manager->metrics.start;
}

static int64_t revision(const struct manager *manager)
{
    return settings_revision(manager);
}

static int64_t staged(const struct manager *manager)
{
    return (int64_t)manager->settings.n_candidates;
}

static int64_t has_state_fault(const struct manager *manager)
{
    return manager->store.fault != NULL;
}

static int64_t has_config_fault(const struct manager *manager)
{
    return manager->config_fault != NULL;
}

static int64_t open_connections(const struct manager *manager)
{
    return (int64_t)manager->server.n_connections;
}

static int64_t watchers(const struct manager *manager)
{
    int64_t n = 0;

    for (const struct connection *connection = manager->server.connections; connection;
         connection = connection->next)
        n += connection->watching;
    return n;
}

/* A time that is not known is left out: it would look like 1970. */
static const struct {
    const char *name;
    int64_t (*value)(const struct manager *manager);
    bool is_time;
    const char *help;
} gauges[] = {
    { "up", is_up, false, "1: the daemon answered." },
    { "start_time_seconds", start_time, true, "When the daemon started; all counters began then." },
    { "enabled", is_enabled, false, "Whether the feature is enabled, as committed." },
    { "certificate_expiry_timestamp_seconds", saved_certificate_time, true,
        "When the appliance's certificate expires." },
    { "certificate_renewal_timestamp_seconds", renewal_time, true, "When the certificate is to be renewed." },
    { "last_success_timestamp_seconds", last_success, true,
        "When the cloud last took what was asked of it." },
    { "last_failure_timestamp_seconds", last_failure, true,
        "When the last failure was that the state shows." },
    { "consecutive_failures", consecutive_failures, false,
        "Failed attempts in a row, of the operation that has most." },
    { "settings_revision", revision, false, "The number of the last commit." },
    { "staged_candidates", staged, false, "Users who have staged settings that are not committed." },
    { "state_fault", has_state_fault, false, "1: the state file could not be used or written." },
    { "config_fault", has_config_fault, false, "1: the last reload of the configuration was refused." },
    { "open_connections", open_connections, false, "Connections to the local socket." },
    { "watchers", watchers, false, "Connections that are told of each change." },
};

static const char *const health_names[] = { "ok", "unreachable", "renewal_overdue", "certificate_expired",
    "removed_in_portal", "identity_changed", "disabled", NULL };

static void put_state(const struct page *page)
{
    const struct registration *registration = &page->manager->registration;

    put_family(page, "build_info", "gauge", "The version of the daemon.");
    fprintf(page->out, PREFIX "build_info{version=\"%s\"} 1\n", TR_VERSION);
    put_set(page, "registration_state", "state", "The state of the registration: 1 is the present one.",
        state_names, state_names[registration_state(registration)]);
    put_set(page, "registration_health", "health", "The health of the registration: 1 is the present one.",
        health_names, registration_health(registration));
    for (size_t i = 0; i < ELEMENTS(gauges); i++) {
        int64_t value = gauges[i].value(page->manager);

        if (!gauges[i].is_time || value > 0)
            put_gauge(page, gauges[i].name, gauges[i].help, value);
    }
}

static void put_operations(const struct page *page)
{
    const struct metrics *metrics = &page->manager->metrics;

    put_family(page, "operations_completed", "counter", "Operations with the cloud that were done.");
    for (int operation = 0; operation < OPERATION_MAX_; operation++)
        fprintf(page->out, PREFIX "operations_completed_total{operation=\"%s\"} %" PRIu64 "\n",
            operation_names[operation], metrics->completed[operation]);

    put_family(page, "attempts_failed", "counter", "Attempts at operations that failed, by reason.");
    for (int operation = 0; operation < OPERATION_MAX_; operation++)
        for (int reason = REASON_NONE + 1; reason < REASON_MAX_; reason++)
            if (metrics->failed[operation][reason] > 0)
                fprintf(page->out,
                    PREFIX "attempts_failed_total{operation=\"%s\",reason=\"%s\"} %" PRIu64 "\n",
                    operation_names[operation], reason_to_string(reason), metrics->failed[operation][reason]);
}

static void put_connections(const struct page *page)
{
    const struct metrics *metrics = &page->manager->metrics;

    put_family(page, "connections", "counter", "Connections to the local socket, by what became of them.");
    fprintf(page->out, PREFIX "connections_total{result=\"accepted\"} %" PRIu64 "\n", metrics->connections);
    fprintf(page->out, PREFIX "connections_total{result=\"refused\"} %" PRIu64 "\n",
        metrics->connections_refused);
}

/* The name of a method by its place; NULL behind the last one. */
static const char *method_name(size_t method)
{
    for (size_t i = 0; i <= method; i++)
        if (!api_interface.methods[i].name)
            return method == METRICS_METHODS_MAX - 1 ? "other" : NULL;
    return api_interface.methods[method].name;
}

/* The counters of a method to read; all zero if it was not called. */
static const struct metrics_method *counters_in(const struct manager *manager, size_t method)
{
    static const struct metrics_method none;
    const struct metrics_method *counted = manager->metrics.methods[method];

    return counted ? counted : &none;
}

static void put_calls(const struct page *page)
{
    put_family(page, "calls", "counter", "Calls of the local interface, by method and result.");
    for (size_t method = 0; method < METRICS_METHODS_MAX; method++) {
        const struct metrics_method *counted = counters_in(page->manager, method);

        for (int result = 0; result < METRICS_RESULT_MAX_ && method_name(method); result++)
            if (counted->results[result] > 0 || result == METRICS_OK)
                fprintf(page->out, PREFIX "calls_total{method=\"%s\",result=\"%s\"} %" PRIu64 "\n",
                    method_name(method), result_names[result], counted->results[result]);
    }
}

static void put_histogram(const struct page *page, const char *method, const struct metrics_method *counted)
{
    uint64_t n = 0;

    for (size_t i = 0; i < METRICS_BUCKETS; i++) {
        n += counted->buckets[i];
        fprintf(page->out, PREFIX "call_duration_seconds_bucket{method=\"%s\",le=\"%s\"} %" PRIu64 "\n",
            method, buckets[i].seconds, n);
    }
    n += counted->buckets[METRICS_BUCKETS];
    fprintf(
        page->out, PREFIX "call_duration_seconds_bucket{method=\"%s\",le=\"+Inf\"} %" PRIu64 "\n", method, n);
    fprintf(page->out, PREFIX "call_duration_seconds_sum{method=\"%s\"} %" PRIu64 ".%09" PRIu64 "\n", method,
        counted->nanoseconds / 1000000000, counted->nanoseconds % 1000000000);
    fprintf(page->out, PREFIX "call_duration_seconds_count{method=\"%s\"} %" PRIu64 "\n", method, n);
}

static void put_latency(const struct page *page)
{
    put_family(page, "call_duration_seconds", "histogram",
        "How long calls took from their arrival to their answer, but for those that are answered later.");
    for (size_t method = 0; method < METRICS_METHODS_MAX; method++) {
        const struct metrics_method *counted = counters_in(page->manager, method);
        uint64_t n = 0;

        for (size_t i = 0; i <= METRICS_BUCKETS; i++)
            n += counted->buckets[i];
        if (n > 0)
            put_histogram(page, method_name(method), counted);
    }
}

char *metrics_text(const struct manager *manager, enum metrics_format format)
{
    char *text = NULL;
    size_t size = 0;
    struct page page = { .out = open_memstream(&text, &size), .format = format, .manager = manager };

    if (!page.out)
        return NULL;
    put_state(&page);
    put_operations(&page);
    put_connections(&page);
    put_calls(&page);
    put_latency(&page);
    if (format == METRICS_OPENMETRICS)
        fputs("# EOF\n", page.out);
    bool failed = ferror(page.out);
    if (fclose(page.out) != 0 || failed) {
        free(text);
        return NULL;
    }
    return text;
}
