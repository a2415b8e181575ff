/*
 * When to try again. The delay doubles from the initial one to the cap, and a random part of it is taken, so that
 * appliances that failed together don't come back together. After the first delay at the cap the later ones stay near
 * the cap. A delay that the server asks for (Retry-After) is respected.
 */
#pragma once

#include <stdint.h>

enum {
    RETRY_AFTER_MAX_SECONDS = 24 * 60 * 60,
    RETRY_CAP_PERCENT = 85, /* of the cap: the shortest delay after the first one at the cap */
};

struct retry_policy {
    uint64_t initial, cap; /* microseconds, initial <= cap */
};

/* Returns the delay in microseconds after a number of failures in a row (from 1). retry_after is in seconds, negative
 * if the server named none; RETRY_AFTER_MAX_SECONDS of it count at most. random is evenly distributed over 64 bits. */
uint64_t retry_delay(
    const struct retry_policy *policy, unsigned failures, int64_t retry_after, uint64_t random);

/* Returns the interval, lengthened or shortened at random by the fraction of it at most. */
uint64_t retry_jitter(uint64_t interval, double fraction, uint64_t random);
