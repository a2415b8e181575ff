#include "daemon/api/metrics-text.h"

#include "common/version.h"
#include "daemon/api/watch.h"
#include "daemon/registration/health.h"

#include <inttypes.h>
#include <stdio.h>

#define PREFIX "threatresponse_"

const char *const metrics_format_names[] = { AGENT_METRICS_FORMAT_NAMES, NULL };

static const char *const result_names[CALL_RESULT_MAX_] = {
    [CALL_OK] = "ok",
    [CALL_STREAM] = "stream",
    [CALL_REFUSED] = "refused",
    [CALL_PERMISSION_DENIED] = "permission_denied",
    [CALL_INVALID_PARAMETER] = "invalid_parameter",
    [CALL_NOT_FOUND] = "not_found",
    [CALL_ERROR] = "error",
};

/* The text that is being written. */
struct page {
    FILE *out;
    enum metrics_format format;
    const struct api *api;
};

/* Writes the head of a family. The name of a counter's sample ends in _total; in the Prometheus format
 * that of the family does, too. */
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

/* Writes a sample for each name: 1 for the present one, 0 for the others. */
static void put_set(const struct page *page, const char *name, const char *label, const char *help,
    const char *const *names, const char *present)
{
    put_family(page, name, "gauge", help);
    for (; *names; names++)
        fprintf(page->out, PREFIX "%s{%s=\"%s\"} %d\n", name, label, *names, streq0(*names, present));
}

static int64_t count_most_failures(const struct registration *registration)
{
    int64_t most = 0;

    for (int operation = 0; operation < OPERATION_MAX_; operation++)
        if (registration->attempts[operation].failures > most)
            most = registration->attempts[operation].failures;
    return most;
}

/* Writes a time, unless it is unknown: that would look like 1970. */
static void put_time(const struct page *page, const char *name, const char *help, int64_t seconds)
{
    if (seconds > 0 && seconds != SAVED_NEVER)
        put_gauge(page, name, help, seconds);
}

static void put_times(const struct page *page)
{
    const struct registration *registration = page->api->registration;
    const struct saved *saved = registration_saved(registration);

    put_time(page, "start_time_seconds", "When the daemon started; all counters began then.",
        page->api->core->counters.start);
    put_time(page, "certificate_expiry_timestamp_seconds", "When the appliance's certificate expires.",
        saved->not_after);
    put_time(page, "certificate_renewal_timestamp_seconds", "When the certificate is to be renewed.",
        saved->next_renewal);
    put_time(page, "last_success_timestamp_seconds", "When the last operation with the cloud succeeded.",
        registration->last_success);
    put_time(page, "last_failure_timestamp_seconds", "When the failure that the status shows happened.",
        json_get_int(registration->last_failure, "time", 0));
}

static void put_gauges(const struct page *page)
{
    const struct api *api = page->api;
    const struct core *core = api->core;

    put_gauge(page, "up", "1: the daemon answered.", 1);
    put_gauge(page, "enabled", "Whether the feature is enabled, as committed.", core_is_enabled(core));
    put_gauge(page, "consecutive_failures", "Failed attempts in a row, of the operation that has most.",
        count_most_failures(api->registration));
    put_gauge(page, "settings_revision", "The number of the last commit.", core->store.saved.revision);
    put_gauge(page, "staged_candidates", "Users who have staged settings that are not committed.",
        (int64_t)api->settings->n_candidates);
    put_gauge(
        page, "state_fault", "1: the state file could not be used or written.", core->store.fault != NULL);
    put_gauge(page, "config_fault", "1: the last reload of the configuration was refused.",
        core->config_fault != NULL);
    put_gauge(page, "open_connections", "Connections to the local socket.", (int64_t)api->server.places.n);
    put_gauge(page, "watchers", "Connections that watch the status.", (int64_t)watch_count(api));
}

static void put_state(const struct page *page)
{
    const struct registration *registration = page->api->registration;

    put_family(page, "build_info", "gauge", "The version of the daemon.");
    fprintf(page->out, PREFIX "build_info{version=\"%s\"} 1\n", TR_VERSION);
    put_set(page, "registration_state", "state", "The state of the registration: 1 is the present one.",
        state_names, state_names[registration_saved(registration)->state]);
    put_set(page, "registration_health", "health", "The health of the registration: 1 is the present one.",
        health_names, health_name(registration));
    put_gauges(page);
    put_times(page);
}

static void put_operations(const struct page *page)
{
    const struct counters *counters = &page->api->core->counters;

    put_family(page, "operations_completed", "counter", "Operations with the cloud that were completed.");
    for (int operation = 0; operation < OPERATION_MAX_; operation++)
        fprintf(page->out, PREFIX "operations_completed_total{operation=\"%s\"} %" PRIu64 "\n",
            operation_names[operation], counters->completed[operation]);

    put_family(page, "attempts_failed", "counter", "Attempts at operations that failed, by reason.");
    for (int operation = 0; operation < OPERATION_MAX_; operation++)
        for (int reason = REASON_NONE + 1; reason < REASON_MAX_; reason++)
            if (counters->failed[operation][reason] > 0)
                fprintf(page->out,
                    PREFIX "attempts_failed_total{operation=\"%s\",reason=\"%s\"} %" PRIu64 "\n",
                    operation_names[operation], reason_to_string(reason),
                    counters->failed[operation][reason]);
}

static void put_connections(const struct page *page)
{
    const struct counters *counters = &page->api->core->counters;

    put_family(page, "connections", "counter", "Connections to the local socket, by result.");
    fprintf(page->out, PREFIX "connections_total{result=\"accepted\"} %" PRIu64 "\n", counters->connections);
    fprintf(page->out, PREFIX "connections_total{result=\"refused\"} %" PRIu64 "\n",
        counters->connections_refused);
    fprintf(page->out, PREFIX "connections_total{result=\"evicted\"} %" PRIu64 "\n",
        counters->connections_evicted);
}

/* Returns the name of a method by its place in the counters; NULL if there is none at it. */
static const char *find_method_name(const struct api *api, size_t place)
{
    size_t n = 0;

    for (const struct service_interface *interface = api->interface; interface; interface = interface->next)
        for (const struct service_method *method = interface->methods; method->name; method++)
            if (n++ == place)
                return method->name;
    return place == COUNTERS_METHODS_MAX - 1 ? "other" : NULL;
}

/* Returns the counters of a method; all are zero if it was never called. */
static const struct method_counters *find_method_counters(const struct api *api, size_t place)
{
    static const struct method_counters none;
    const struct method_counters *counted = api->core->counters.methods[place];

    return counted ? counted : &none;
}

static void put_calls(const struct page *page)
{
    put_family(page, "calls", "counter", "Calls of the local interface, by method and result.");
    for (size_t method = 0; method < COUNTERS_METHODS_MAX; method++) {
        const struct method_counters *counted = find_method_counters(page->api, method);

        for (int result = 0; result < CALL_RESULT_MAX_ && find_method_name(page->api, method); result++)
            if (counted->results[result] > 0 || result == CALL_OK)
                fprintf(page->out, PREFIX "calls_total{method=\"%s\",result=\"%s\"} %" PRIu64 "\n",
                    find_method_name(page->api, method), result_names[result], counted->results[result]);
    }
}

static void put_histogram(const struct page *page, const char *method, const struct method_counters *counted)
{
    uint64_t n = 0;

    for (size_t i = 0; i < COUNTERS_BUCKETS; i++) {
        n += counted->buckets[i];
        fprintf(page->out, PREFIX "call_duration_seconds_bucket{method=\"%s\",le=\"%s\"} %" PRIu64 "\n",
            method, counters_buckets[i].seconds, n);
    }
    n += counted->buckets[COUNTERS_BUCKETS];
    fprintf(
        page->out, PREFIX "call_duration_seconds_bucket{method=\"%s\",le=\"+Inf\"} %" PRIu64 "\n", method, n);
    fprintf(page->out, PREFIX "call_duration_seconds_sum{method=\"%s\"} %" PRIu64 ".%09" PRIu64 "\n", method,
        counted->nanoseconds / 1000000000, counted->nanoseconds % 1000000000);
    fprintf(page->out, PREFIX "call_duration_seconds_count{method=\"%s\"} %" PRIu64 "\n", method, n);
}

static void put_latency(const struct page *page)
{
    put_family(page, "call_duration_seconds", "histogram",
        "Duration of calls from arrival to reply, without those that are answered later.");
    for (size_t method = 0; method < COUNTERS_METHODS_MAX; method++) {
        const struct method_counters *counted = find_method_counters(page->api, method);
        uint64_t n = 0;

        for (size_t i = 0; i <= COUNTERS_BUCKETS; i++)
            n += counted->buckets[i];
        if (n > 0)
            put_histogram(page, find_method_name(page->api, method), counted);
    }
}

char *metrics_text(const struct api *api, enum metrics_format format)
{
    char *text = NULL;
    size_t size = 0;
    struct page page = { .out = open_memstream(&text, &size), .format = format, .api = api };

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
