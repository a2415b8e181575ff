#include "daemon/core/attempts.h"

#include "common/clock.h"
#include "common/random.h"

_Static_assert(REASON_MAX_ <= 64, "each reason has a bit");

void attempts_forget(struct attempts *attempts)
{
    *attempts = (struct attempts){ .due = UINT64_MAX };
}

void attempts_plan(struct attempts *attempts, uint64_t delay)
{
    attempts->failures = 0;
    attempts_move(attempts, delay);
}

void attempts_plan_retry(struct attempts *attempts, const struct retry_policy *policy, int64_t retry_after)
{
    attempts->failures++;
    attempts_move(attempts, retry_delay(policy, attempts->failures, retry_after, random_value()));
}

void attempts_move(struct attempts *attempts, uint64_t delay)
{
    attempts->due = clock_usec(CLOCK_BOOTTIME) + delay;
}

void attempts_retry_now(struct attempts *attempts)
{
    if (attempts->failures > 0 && attempts_are_planned(attempts) && !attempts_are_due(attempts))
        attempts_move(attempts, 0);
}

bool attempts_are_planned(const struct attempts *attempts)
{
    return attempts->due != UINT64_MAX;
}

bool attempts_are_due(const struct attempts *attempts)
{
    return attempts->due <= clock_usec(CLOCK_BOOTTIME);
}

int64_t attempts_next_time(const struct attempts *attempts)
{
    uint64_t now = clock_usec(CLOCK_BOOTTIME);

    if (!attempts_are_planned(attempts))
        return 0;
    /* Rounded once, at the end: two calls return the same second. */
    return (int64_t)((clock_usec(CLOCK_REALTIME) + (attempts->due > now ? attempts->due - now : 0)) /
                     USEC_PER_SEC);
}

bool attempts_mark_reported(struct attempts *attempts, enum reason reason)
{
    const uint64_t bit = UINT64_C(1) << reason;
    bool first = !(attempts->reported & bit);

    attempts->reported |= bit;
    return first;
}
