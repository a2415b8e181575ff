/*
 * Counters that the daemon keeps in memory from its start: calls of the local interface, connections, and operations
 * with the cloud. To count is one addition; the text for a collector is made when one asks (api/metrics-text.h).
 * The struct owns the counters of a method, which are allocated with its first call.
 */
#pragma once

#include "common/reason.h"
#include "daemon/state/names.h"

#include <stddef.h>
#include <stdint.h>

enum {
    COUNTERS_METHODS_MAX = 32, /* methods of the interfaces, and the last place for all other names */
    COUNTERS_BUCKETS = 9,
};

enum call_result {
    CALL_OK,
    CALL_STREAM, /* answered later, or more than once */
    CALL_REFUSED,
    CALL_PERMISSION_DENIED,
    CALL_INVALID_PARAMETER,
    CALL_NOT_FOUND, /* no such method or interface */
    CALL_ERROR,     /* any other error */
    CALL_RESULT_MAX_,
};

/* The upper bound of a bucket of durations, as a number and as the metrics write it. */
struct counters_bucket {
    uint64_t nanoseconds;
    const char *seconds;
};

extern const struct counters_bucket counters_buckets[COUNTERS_BUCKETS];

struct counters {
    int64_t start; /* of the daemon, seconds since 1970 */
    struct method_counters {
        uint64_t results[CALL_RESULT_MAX_];
        uint64_t buckets[COUNTERS_BUCKETS + 1]; /* not cumulative; the last one has the longer durations */
        uint64_t nanoseconds;
    } * methods[COUNTERS_METHODS_MAX]; /* NULL: never called */
    uint64_t connections, connections_refused, connections_evicted;
    uint64_t completed[OPERATION_MAX_];
    uint64_t failed[OPERATION_MAX_][REASON_MAX_];
};

/* Counts a call. method is the method's index over all interfaces, COUNTERS_METHODS_MAX - 1 if it has none
 * there; error is the full name of the error that the call was answered with, NULL for none. */
void counters_count_call(struct counters *counters, size_t method, const char *error);

/* Counts the duration of several calls of a method, each of which took this many nanoseconds. */
void counters_count_time(struct counters *counters, size_t method, unsigned calls, uint64_t nanoseconds);

/* Counts a call that is answered later. */
void counters_count_stream(struct counters *counters, size_t method);

/* Counts an operation that was completed. */
void counters_count_completed(struct counters *counters, enum operation operation);

/* Counts an attempt at an operation that failed. */
void counters_count_failed(struct counters *counters, enum operation operation, enum reason reason);

/* Frees the counters of all methods. Safe to repeat. */
void counters_free(struct counters *counters);
