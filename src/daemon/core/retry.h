/*
 * When to try again: the delay doubles from the initial one to the cap, then a random part of it is taken, so
 * that appliances that failed together do not come back together; once that was done at the cap, the rest of a long outage
 * is waited for in delays near the cap. What the server asked for (Retry-After) is obeyed.
 */
#pragma once

#include <stdint.h>

enum {
    RETRY_AFTER_MAX_SECONDS = 24 * 60 * 60,
    RETRY_CAP_PERCENT = 85, /* of the cap: the shortest delay after the first at the cap */
};

struct retry_policy {
    uint64_t initial, cap; /* microseconds, initial <= cap */
};

/* The delay in microseconds after so many failures in a row (from 1). retry_after: seconds, negative if the
 * server named none; at most RETRY_AFTER_MAX_SECONDS count. random is any 64-bit value, evenly distributed.
 */
uint64_t retry_delay(
    const struct retry_policy *policy, unsigned failures, int64_t retry_after, uint64_t random);

/* interval, lengthened or shortened by at most the fraction of it. */
uint64_t retry_jitter(uint64_t interval, double fraction, uint64_t random);
