/*
 * The attempts at something that is tried until it succeeds: when the next one is due, how many have failed in a row,
 * and which reasons were reported. The owner sets its timer to the due time and says how each attempt ended.
 */
#pragma once

#include "common/reason.h"
#include "daemon/core/retry.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    ATTEMPTS_REFUSALS_MIN = 3,
};

struct attempts {
    unsigned failures; /* in a row */
    uint64_t due;      /* CLOCK_BOOTTIME in microseconds; UINT64_MAX: none is planned */
    bool asked;        /* the server asked for the time of the next attempt */
    uint64_t reported; /* a bit for each reason that was reported */
    uint64_t hour; /* CLOCK_BOOTTIME in microseconds: when the hour of the count began; 0: none has begun */
    unsigned started;       /* attempts in that hour */
    unsigned refusals;      /* attempts that the server has refused since the last progress */
    uint64_t refused_since; /* CLOCK_BOOTTIME in microseconds: the first of them */
};

/* Drops the plan, the count of failures and the reported reasons. The count of the hour stays. */
void attempts_forget(struct attempts *attempts);

/* Counts an attempt that starts now. */
void attempts_count_start(struct attempts *attempts);

/* Returns the time in microseconds until one more attempt is allowed, of at most so many an hour; 0: now. */
uint64_t attempts_wait_for_hour(const struct attempts *attempts, unsigned an_hour);

/* Plans an attempt that an earlier process had planned after failures; delay in microseconds. */
void attempts_restore(struct attempts *attempts, unsigned failures, uint64_t delay, bool asked);

/* Plans the first attempt after a delay in microseconds. */
void attempts_plan(struct attempts *attempts, uint64_t delay);

/* Counts a failure and plans the next attempt by the policy, of at most so many an hour; retry_after is as for
 * retry_delay. */
void attempts_plan_retry(
    struct attempts *attempts, const struct retry_policy *policy, unsigned an_hour, int64_t retry_after);

/* Notes a success of the step that failed last: counts failures and refusals from 0. */
void attempts_note_progress(struct attempts *attempts);

/* Notes that the server has refused an attempt. Returns true after ATTEMPTS_REFUSALS_MIN refusals that lasted
 * longer than patience, in microseconds. */
bool attempts_note_refusal(struct attempts *attempts, uint64_t patience);

/* Moves the next attempt to a delay in microseconds from now. The count of failures stays. */
void attempts_move(struct attempts *attempts, uint64_t delay);

/* Postpones the next attempt until a delay in microseconds from now, unless it is later already. */
void attempts_delay(struct attempts *attempts, uint64_t delay);

/* Makes an attempt that waits after a failure due as soon as the count of the hour allows it, unless the server asked for
 * its time. */
void attempts_retry_now(struct attempts *attempts, unsigned an_hour);

/* Returns true if an attempt waits for its time after a failure. */
bool attempts_wait_after_failure(const struct attempts *attempts);

/* Returns true if an attempt is planned. */
bool attempts_are_planned(const struct attempts *attempts);

/* Returns true if an attempt is planned and its time has come. */
bool attempts_are_due(const struct attempts *attempts);

/* Returns the time of the next attempt in seconds since 1970; 0 if none is planned. */
int64_t attempts_next_time(const struct attempts *attempts);

/* Marks a reason as reported. Returns true the first time since attempts_forget: the caller is to report it. */
bool attempts_mark_reported(struct attempts *attempts, enum reason reason);
