#include "daemon/core/attempts.h"

#include "common/clock.h"
#include "common/random.h"

_Static_assert(REASON_MAX_ <= 64, "each reason has a bit");

#define HOUR (3600 * USEC_PER_SEC)

void attempts_forget(struct attempts *attempts)
{
    *attempts = (struct attempts){ .due = UINT64_MAX, .hour = attempts->hour, .started = attempts->started };
}

void attempts_count_start(struct attempts *attempts)
{
    uint64_t now = clock_usec(CLOCK_BOOTTIME);

    if (attempts->hour == 0 || now - attempts->hour >= HOUR) {
        attempts->hour = now;
        attempts->started = 0;
    }
    attempts->started++;
}

uint64_t attempts_wait_for_hour(const struct attempts *attempts, unsigned an_hour)
{
    uint64_t passed = clock_usec(CLOCK_BOOTTIME) - attempts->hour;

    return attempts->hour == 0 || attempts->started < an_hour || passed >= HOUR ? 0 : HOUR - passed;
}

void attempts_restore(struct attempts *attempts, unsigned failures, uint64_t delay, bool asked)
{
    attempts->failures = failures;
    attempts->asked = asked;
    attempts_move(attempts, delay);
}

void attempts_plan(struct attempts *attempts, uint64_t delay)
{
    attempts_note_progress(attempts);
    attempts->asked = false;
    attempts_move(attempts, delay);
}

void attempts_plan_retry(
    struct attempts *attempts, const struct retry_policy *policy, unsigned an_hour, int64_t retry_after)
{
    attempts->failures++;
    attempts->asked = retry_after >= 0;
    uint64_t delay = retry_delay(policy, attempts->failures, retry_after, random_value());
    uint64_t wait = attempts_wait_for_hour(attempts, an_hour);
    attempts_move(attempts, delay > wait ? delay : wait);
}

void attempts_note_progress(struct attempts *attempts)
{
    attempts->failures = attempts->refusals = 0;
}

bool attempts_note_refusal(struct attempts *attempts, uint64_t patience)
{
    uint64_t now = clock_usec(CLOCK_BOOTTIME);

    if (attempts->refusals++ == 0)
        attempts->refused_since = now;
    return attempts->refusals >= ATTEMPTS_REFUSALS_MIN && now - attempts->refused_since >= patience;
}

void attempts_move(struct attempts *attempts, uint64_t delay)
{
    attempts->due = clock_usec(CLOCK_BOOTTIME) + delay;
}

void attempts_delay(struct attempts *attempts, uint64_t delay)
{
    uint64_t earliest = clock_usec(CLOCK_BOOTTIME) + delay;

    if (attempts->due < earliest)
        attempts->due = earliest;
}

void attempts_retry_now(struct attempts *attempts, unsigned an_hour)
{
    if (!attempts->asked && attempts_wait_after_failure(attempts))
        attempts_move(attempts, attempts_wait_for_hour(attempts, an_hour));
}

bool attempts_wait_after_failure(const struct attempts *attempts)
{
    return attempts->failures > 0 && attempts_are_planned(attempts) && !attempts_are_due(attempts);
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
