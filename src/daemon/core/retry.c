#include "daemon/core/retry.h"

/* A value from 0 to 1. */
static double fraction_of(uint64_t random)
{
    return (double)(random >> 11) / (double)(UINT64_MAX >> 11);
}

/* The longest delay after so many failures, and the shortest. */
static uint64_t ceiling_of(const struct retry_policy *policy, unsigned failures, uint64_t *ret_least)
{
    uint64_t ceiling = policy->initial, kept = policy->cap / 100 * RETRY_CAP_PERCENT;
    unsigned doubled = 1;

    for (; doubled < failures && ceiling < policy->cap; doubled++)
        ceiling *= 2;
    if (ceiling > policy->cap)
        ceiling = policy->cap;

    /* The first delay at the cap has spread those that failed together. Later ones keep them spread: were they as
     * random, many would come early in the first second after an outage, and many late. */
    *ret_least =
        ceiling == policy->cap && doubled < failures && kept > policy->initial ? kept : policy->initial;
    return ceiling;
}

uint64_t retry_delay(
    const struct retry_policy *policy, unsigned failures, int64_t retry_after, uint64_t random)
{
    uint64_t least, ceiling = ceiling_of(policy, failures, &least);

    if (retry_after >= 0) {
        uint64_t asked =
            (uint64_t)(retry_after < RETRY_AFTER_MAX_SECONDS ? retry_after : RETRY_AFTER_MAX_SECONDS) *
            1000000;
        uint64_t wait = asked < policy->cap ? asked : policy->cap, spread = ceiling - policy->initial;

        if (spread < wait)
            spread = wait;
        if (spread < asked / 10)
            spread = asked / 10;
        /* Not before the time that was asked for, and not all at that time, which may be the same date for all; "0" must
         * not make a loop. */
        return asked + policy->initial + (uint64_t)(fraction_of(random) * (double)spread);
    }

    /* Full jitter on the capped value, but never less than the initial delay: no loop without a pause. */
    return least + (uint64_t)(fraction_of(random) * (double)(ceiling - least));
}

uint64_t retry_jitter(uint64_t interval, double fraction, uint64_t random)
{
    double spread = (double)interval * fraction;

    return (uint64_t)((double)interval - spread + 2 * spread * fraction_of(random));
}
