#include "daemon/core/counters.h"

#include "common/memory.h"

#include <stdlib.h>
#include <string.h>

/* The errors with a counter of their own, by the last part of their names. */
static const struct {
    const char *name;
    enum call_result result;
} errors[] = {
    { "Refused", CALL_REFUSED },
    { "PermissionDenied", CALL_PERMISSION_DENIED },
    { "InvalidParameter", CALL_INVALID_PARAMETER },
    { "MethodNotFound", CALL_NOT_FOUND },
    { "InterfaceNotFound", CALL_NOT_FOUND },
};

const struct counters_bucket counters_buckets[COUNTERS_BUCKETS] = {
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

static enum call_result classify_error(const char *error)
{
    const char *dot = error ? strrchr(error, '.') : NULL;

    if (!error)
        return CALL_OK;
    for (size_t i = 0; i < ELEMENTS(errors); i++)
        if (streq(errors[i].name, dot ? dot + 1 : error))
            return errors[i].result;
    return CALL_ERROR;
}

void counters_free(struct counters *counters)
{
    for (size_t method = 0; method < COUNTERS_METHODS_MAX; method++) {
        free(counters->methods[method]);
        counters->methods[method] = NULL;
    }
}

/* Returns the counters of a method, or NULL without memory: the call is not counted then. */
static struct method_counters *get_method_counters(struct counters *counters, size_t method)
{
    if (!counters->methods[method])
        counters->methods[method] = calloc(1, sizeof(struct method_counters));
    return counters->methods[method];
}

void counters_count_call(struct counters *counters, size_t method, const char *error)
{
    struct method_counters *counted = get_method_counters(counters, method);

    if (counted)
        counted->results[classify_error(error)]++;
}

void counters_count_time(struct counters *counters, size_t method, unsigned calls, uint64_t nanoseconds)
{
    struct method_counters *counted = get_method_counters(counters, method);
    size_t i = 0;

    if (!counted)
        return;
    while (i < COUNTERS_BUCKETS && nanoseconds > counters_buckets[i].nanoseconds)
        i++;
    counted->buckets[i] += calls;
    counted->nanoseconds += calls * nanoseconds;
}

void counters_count_stream(struct counters *counters, size_t method)
{
    struct method_counters *counted = get_method_counters(counters, method);

    if (counted)
        counted->results[CALL_STREAM]++;
}

void counters_count_completed(struct counters *counters, enum operation operation)
{
    counters->completed[operation]++;
}

void counters_count_failed(struct counters *counters, enum operation operation, enum reason reason)
{
    counters->failed[operation][reason]++;
}
