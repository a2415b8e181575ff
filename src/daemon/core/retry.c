#include "daemon/core/retry.h"

/* Maps a random number to the range from 0 to 1. */
static double random_fraction(uint64_t random)
{
    return (double)(random >> 11) / (double)(UINT64_MAX >> 11);
}

/* Returns the longest delay after a number of failures, and the shortest one in *ret_least. */
static uint64_t longest_delay(const struct retry_policy *policy, unsigned failures, uint64_t *ret_least)
{
    uint64_t ceiling = policy->initial, kept = policy->cap / 100 * RETRY_CAP_PERCENT;
    unsigned doubled = 1;

    for (; doubled < failures && ceiling < policy->cap; doubled++)
        ceiling *= 2;
    if (ceiling > policy->cap)
        ceiling = policy->cap;

    /* Full jitter on the first delay at the cap spreads the fleet. Later delays vary by 15 % only: full jitter again
     * would bunch the fleet at the end of an outage. */
    *ret_least =
        ceiling == policy->cap && doubled < failures && kept > policy->initial ? kept : policy->initial;
    return ceiling;
}

uint64_t retry_delay(
    const struct retry_policy *policy, unsigned failures, int64_t retry_after, uint64_t random)
{
    uint64_t least, ceiling = longest_delay(policy, failures, &least);

    if (retry_after >= 0) {
        uint64_t asked =
            (uint64_t)(retry_after < RETRY_AFTER_MAX_SECONDS ? retry_after : RETRY_AFTER_MAX_SECONDS) *
            1000000;
        uint64_t wait = asked < policy->cap ? asked : policy->cap, spread = ceiling - policy->initial;

        if (spread < wait)
            spread = wait;
        if (spread < asked / 10)
            spread = asked / 10;
        /* Appliances come after the time that was asked for, and spread: it may be the same date for all of them. The
         * initial delay keeps a "0" from making a loop. */
        return asked + policy->initial + (uint64_t)(random_fraction(random) * (double)spread);
    }

    /* Full jitter on the capped delay, but never less than the initial one: no loop without a pause. */
    return least + (uint64_t)(random_fraction(random) * (double)(ceiling - least));
}

uint64_t retry_jitter(uint64_t interval, double fraction, uint64_t random)
{
    double spread = (double)interval * fraction;

    return (uint64_t)((double)interval - spread + 2 * spread * random_fraction(random));
}
