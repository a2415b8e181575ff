/*
 * When the operations of a registration run, one at a time: first attempts at what the state asks for, retries,
 * refreshes and renewals. The sequence owns the timers, and starts an operation by registration->start_operation.
 */
#pragma once

#include "daemon/registration/registration.h"

/* Makes the timers, with nothing planned. Returns 0 or a negative errno. */
int sequence_start(struct registration *registration);

/* Ends the running operation and frees the timers. */
void sequence_stop(struct registration *registration);

/* Plans what the state asks for. Call it after a change of the state, the settings, the configuration or the clock.
 * Ends everything while requests to the cloud are not allowed. */
void sequence_replan(struct registration *registration);

/* Ends the running operation and forgets all plans. */
void sequence_clear(struct registration *registration);

/* Sets the timers to the next attempt and the next date. Call it after a change of registration->attempts. */
void sequence_arm(struct registration *registration);

/* Makes all attempts that wait after a failure due now. */
void sequence_retry_now(struct registration *registration);

/* Plans the next attempt at an operation that has failed, by the configured back-off; retry_after is as for
 * retry_delay. */
void sequence_plan_retry(struct registration *registration, enum operation operation, int64_t retry_after);

/* Plans the next refresh, one interval from now. */
void sequence_plan_refresh(struct registration *registration);

/* Returns the running operation, else the one whose attempt comes next; OPERATION_NONE if none is planned. */
enum operation sequence_next(const struct registration *registration);
