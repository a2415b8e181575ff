/*
 * When the operations of a registration run, one at a time: the first attempt at what the state asks for, retries, the
 * refresh, the renewal. The sequence owns the timers and starts an operation by registration->start_operation.
 */
#pragma once

#include "daemon/registration/registration.h"

/* Creates the timers, with nothing planned. 0 or a negative errno. */
int sequence_start(struct registration *registration);

/* Ends the running operation and frees the timers. */
void sequence_stop(struct registration *registration);

/* Plans what the state asks for, after a change of state, settings, configuration or clock; ends everything while requests
 * are not allowed. */
void sequence_replan(struct registration *registration);

/* Ends the running operation and forgets all plans. */
void sequence_clear(struct registration *registration);

/* Starts the timer for the next attempt: to be called after a change of registration->attempts. */
void sequence_arm(struct registration *registration);

/* Makes the attempts that wait after a failure due now; sequence_arm is to follow. */
void sequence_retry_now(struct registration *registration);

/* Plans the next attempt at an operation that has failed, as the configured back-off and retry_after (see retry_delay)
 * want it. */
void sequence_plan_retry(struct registration *registration, enum operation operation, int64_t retry_after);

/* Plans the next refresh, an interval from now. */
void sequence_plan_refresh(struct registration *registration);

/* Returns the operation that runs, or else the one whose attempt comes next; OPERATION_NONE if none is planned. */
enum operation sequence_next(const struct registration *registration);
