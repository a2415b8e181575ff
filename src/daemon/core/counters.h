/*
 * What a collector wants to know: counters in memory, from the start of the daemon on, and the state as gauges, told as the
 * text of OpenMetrics or of Prometheus. Counting is an addition; all work is done when somebody asks.
 */
#pragma once

#include "common/reason.h"
#include "daemon/registration/registration.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    METRICS_METHODS_MAX = 32, /* of org.threatresponse.agent, and one for the rest */
    METRICS_BUCKETS = 9,
};

enum metrics_result {
    METRICS_OK,
    METRICS_STREAM, /* answers come later, or again and again */
    METRICS_REFUSED,
    METRICS_PERMISSION_DENIED,
    METRICS_INVALID_PARAMETER,
    METRICS_NOT_FOUND, /* no such method or interface */
    METRICS_ERROR,     /* any other */
    METRICS_RESULT_MAX_,
};

enum metrics_format {
    METRICS_OPENMETRICS,
    METRICS_PROMETHEUS,
};

struct metrics {
    int64_t start; /* seconds since 1970 */
    /* Of those that were called; most appliances use few. */
    struct metrics_method {
        uint64_t results[METRICS_RESULT_MAX_];
        uint64_t buckets[METRICS_BUCKETS + 1]; /* not cumulated; the last one takes what is longer */
        uint64_t nanoseconds;
    } * methods[METRICS_METHODS_MAX];
    uint64_t connections, connections_refused;
    uint64_t completed[OPERATION_MAX_];
    uint64_t failed[OPERATION_MAX_][REASON_MAX_];
};

/* Counts a call: the place of its method in the table of the interface (METRICS_METHODS_MAX - 1: none), the full name of the
 * error (NULL: none). metrics_count_time is to follow: how long so many of these calls took, each of them. */
void metrics_count_call(struct metrics *metrics, size_t method, const char *error);
void metrics_count_time(struct metrics *metrics, size_t method, unsigned calls, uint64_t nanoseconds);

/* Counts a call whose answers come later. */
void metrics_count_stream(struct metrics *metrics, size_t method);

/* Counts what became of an operation, or of an attempt at it. */
void metrics_count_completed(struct metrics *metrics, enum operation operation);
void metrics_count_failed(struct metrics *metrics, enum operation operation, enum reason reason);

/* Frees what was allocated. Safe to repeat. */
void metrics_done(struct metrics *metrics);

/* The text, to free; NULL without memory. */
char *metrics_text(const struct manager *manager, enum metrics_format format);
