#include "retry.h"

/* A value from 0 to 1. */
static double fraction_of(uint64_t random)
{
    return (double)(random >> 11) / (double)(UINT64_MAX >> 11);
}

uint64_t retry_delay(
    const struct retry_policy *policy, unsigned failures, int64_t retry_after, uint64_t random)
{
    uint64_t ceiling = policy->initial;

    for (unsigned i = 1; i < failures && ceiling < policy->cap; i++)
        ceiling *= 2;
    if (ceiling > policy->cap)
        ceiling = policy->cap;

    if (retry_after >= 0) {
        uint64_t asked =
            (uint64_t)(retry_after < RETRY_AFTER_MAX_SECONDS ? retry_after : RETRY_AFTER_MAX_SECONDS);

        /* Not before the time that was asked for, and not all at that time; "0" must not make a loop. */
        return asked * 1000000 + policy->initial + (uint64_t)(fraction_of(random) * (double)asked * 100000);
    }

    /* Full jitter on the capped value, but never less than the initial delay: no loop without a pause. */
    return policy->initial + (uint64_t)(fraction_of(random) * (double)(ceiling - policy->initial));
}

uint64_t retry_jitter(uint64_t interval, double fraction, uint64_t random)
{
    double spread = (double)interval * fraction;

    return (uint64_t)((double)interval - spread + 2 * spread * fraction_of(random));
}
