/*
 * The attempts at something that is tried until it succeeds: when the next one is due, how many have failed in a row,
 * and which reasons were reported. The owner sets its timer to the due time and says how each attempt ended.
 */
#pragma once

#include "common/reason.h"
#include "daemon/core/retry.h"

#include <stdbool.h>
#include <stdint.h>

struct attempts {
    unsigned failures; /* in a row */
    uint64_t due;      /* CLOCK_BOOTTIME in microseconds; UINT64_MAX: none is planned */
    uint64_t reported; /* a bit for each reason that was reported */
};

/* Drops the plan, the count of failures and the reported reasons. */
void attempts_forget(struct attempts *attempts);

/* Plans the first attempt after a delay in microseconds. */
void attempts_plan(struct attempts *attempts, uint64_t delay);

/* Counts a failure and plans the next attempt by the policy; retry_after is as for retry_delay. */
void attempts_plan_retry(struct attempts *attempts, const struct retry_policy *policy, int64_t retry_after);

/* Moves the next attempt to a delay in microseconds from now. The count of failures stays. */
void attempts_move(struct attempts *attempts, uint64_t delay);

/* Makes an attempt that waits after a failure due now. */
void attempts_retry_now(struct attempts *attempts);

/* Returns true if an attempt is planned. */
bool attempts_are_planned(const struct attempts *attempts);

/* Returns true if an attempt is planned and its time has come. */
bool attempts_are_due(const struct attempts *attempts);

/* Returns the time of the next attempt in seconds since 1970; 0 if none is planned. */
int64_t attempts_next_time(const struct attempts *attempts);

/* Marks a reason as reported. Returns true the first time since attempts_forget: the caller is to report it. */
bool attempts_mark_reported(struct attempts *attempts, enum reason reason);
