/*
 * Computes when to try again. The first delay after a failure spreads the fleet at random, over a third more
 * than the cap; later delays keep that length, so that the fleet stays spread and comes back evenly after an
 * outage. If somebody waits for one appliance (prompt), delays begin short and double. A delay that the
 * server asks for (Retry-After) is respected. docs/retry.md has the reasons.
 */
#pragma once

#include "common/limits.h"

#include <stdbool.h>
#include <stdint.h>

struct retry_policy {
    uint64_t initial, cap; /* microseconds, initial <= cap */
    bool prompt;           /* somebody waits: delays double from the initial one to the cap */
};

/* Returns the delay in microseconds after a number of failures in a row (from 1). retry_after is in seconds, negative
 * if the server named none; LIMIT_RETRY_AFTER of it counts at most. random is evenly distributed over 64 bits. */
uint64_t retry_delay(
    const struct retry_policy *policy, unsigned failures, int64_t retry_after, uint64_t random);

/* Returns the longest delay without a Retry-After. */
uint64_t retry_longest(const struct retry_policy *policy);

/* Returns the interval, lengthened or shortened at random by the fraction of it at most. */
uint64_t retry_jitter(uint64_t interval, double fraction, uint64_t random);
