#include "daemon/core/retry.h"

/* Maps a random number to the range from 0 to 1. */
static double random_fraction(uint64_t random)
{
    return (double)(random >> 11) / (double)(UINT64_MAX >> 11);
}

/* Returns the number of the failure whose delay spreads the fleet: the first one, or the first one at the cap
 * if somebody waits. */
static unsigned find_spreading(const struct retry_policy *policy)
{
    unsigned failures = 1;

    if (policy->prompt)
        for (uint64_t ceiling = policy->initial * 2; ceiling < policy->cap; ceiling *= 2)
            failures++;
    return failures;
}

/* Returns the shortest and the longest delay after a number of failures. */
static uint64_t find_range(const struct retry_policy *policy, unsigned failures, uint64_t *ret_longest)
{
    unsigned spreading = find_spreading(policy);

    *ret_longest = failures < spreading ? policy->initial << failures : retry_longest(policy);
    /* Full jitter once spreads the fleet. Full jitter at each delay would bunch it at the end of an outage. */
    return failures > spreading ? policy->cap + policy->cap / 5 : policy->initial;
}

uint64_t retry_longest(const struct retry_policy *policy)
{
    return policy->cap + policy->cap / 3;
}

uint64_t retry_delay(
    const struct retry_policy *policy, unsigned failures, int64_t retry_after, uint64_t random)
{
    uint64_t longest, shortest = find_range(policy, failures, &longest);
    double fraction = random_fraction(random);

    if (retry_after >= 0) {
        int64_t seconds = retry_after < LIMIT_RETRY_AFTER ? retry_after : LIMIT_RETRY_AFTER;
        uint64_t asked = (uint64_t)seconds * 1000000, spread = retry_longest(policy) - policy->initial;

        /* Spread the appliances after the time that the server asked for, even if it is near: all of them may
         * have got the same date. Somebody who waits for one waits at most twice as long. The initial delay
         * prevents a loop of "Retry-After: 0". */
        if (policy->prompt)
            spread = longest - policy->initial > asked ? longest - policy->initial
                     : asked < spread                  ? asked
                                                       : spread;
        if (spread < asked / 10)
            spread = asked / 10;
        return asked + policy->initial + (uint64_t)(fraction * (double)spread);
    }
    return shortest + (uint64_t)(fraction * (double)(longest - shortest));
}

uint64_t retry_jitter(uint64_t interval, double fraction, uint64_t random)
{
    double spread = (double)interval * fraction;

    return (uint64_t)((double)interval - spread + 2 * spread * random_fraction(random));
}
