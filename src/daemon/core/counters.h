/*
 * What the daemon counts in memory, from its start on: calls of the local interface, connections, operations with the
 * cloud. Counting is an addition; all other work is done when a collector asks (api/metrics-text.h).
 */
#pragma once

#include "common/reason.h"
#include "daemon/state/names.h"

#include <stddef.h>
#include <stdint.h>

enum {
    COUNTERS_METHODS_MAX = 32, /* of the local interface, and one for all other names */
    COUNTERS_BUCKETS = 9,
};

enum call_result {
    CALL_OK,
    CALL_STREAM, /* answers come later, or again and again */
    CALL_REFUSED,
    CALL_PERMISSION_DENIED,
    CALL_INVALID_PARAMETER,
    CALL_NOT_FOUND, /* no such method or interface */
    CALL_ERROR,     /* any other */
    CALL_RESULT_MAX_,
};

/* The upper bounds of the buckets of durations, as numbers and as they are written. */
struct counters_bucket {
    uint64_t nanoseconds;
    const char *seconds;
};

extern const struct counters_bucket counters_buckets[COUNTERS_BUCKETS];

struct counters {
    int64_t start; /* of the daemon, seconds since 1970 */
    struct method_counters {
        uint64_t results[CALL_RESULT_MAX_];
        uint64_t buckets[COUNTERS_BUCKETS + 1]; /* not cumulated; the last one takes what is longer */
        uint64_t nanoseconds;
    } * methods[COUNTERS_METHODS_MAX]; /* NULL: never called */
    uint64_t connections, connections_refused;
    uint64_t completed[OPERATION_MAX_];
    uint64_t failed[OPERATION_MAX_][REASON_MAX_];
};

/* Counts a call by the place of its method in the table of the interface (COUNTERS_METHODS_MAX - 1: in none) and by the full
 * name of its error (NULL: none). */
void counters_count_call(struct counters *counters, size_t method, const char *error);

/* Counts how long so many calls of a method took, each of them. */
void counters_count_time(struct counters *counters, size_t method, unsigned calls, uint64_t nanoseconds);

/* Counts a call whose answers come later. */
void counters_count_stream(struct counters *counters, size_t method);

/* Counts an operation that was completed, or an attempt at one that failed. */
void counters_count_completed(struct counters *counters, enum operation operation);
void counters_count_failed(struct counters *counters, enum operation operation, enum reason reason);

/* Frees what was allocated. Safe to repeat. */
void counters_free(struct counters *counters);
