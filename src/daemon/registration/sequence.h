/*
 * When the operations of a registration run, one at a time: what is planned, retried, refreshed, renewed. The sequence
 * owns the timers; operation.c carries out what is due, and plans what follows here. status.c asks it, too.
 */
#pragma once

#include "daemon/registration/registration.h"

/* Creates the timers. 0 or a negative errno. */
int sequence_start(struct registration *registration);

/* Ends the running job, if any, and frees the timers. */
void sequence_stop(struct registration *registration);

/* Plans an operation in so many microseconds from now, forgetting earlier failures. */
void sequence_plan(struct registration *registration, enum operation operation, uint64_t delay);

/* Plans the next attempt after a failure, which it counts; retry_after as for retry_delay. */
void sequence_plan_retry(struct registration *registration, enum operation operation, int64_t retry_after);

/* Lets what waits for its next attempt be tried at once; the count of failures stays. To be followed by sequence_arm. */
void sequence_hasten(struct registration *registration);

/* Drops the plan of one operation, and the count of its failures. */
void sequence_forget(struct registration *registration, enum operation operation);

/* How often the cloud is told of the appliance, in microseconds, as the configuration or else the server says. */
uint64_t sequence_refresh_interval(const struct registration *registration);

/* Plans the next refresh in that time. */
void sequence_plan_refresh(struct registration *registration);

/* Ends the running job and forgets all plans. */
void sequence_clear(struct registration *registration);

/* Runs what is due and arms the timers for the rest. */
void sequence_arm(struct registration *registration);

/* The operation that comes next, or runs; OPERATION_NONE if none is planned. */
enum operation sequence_next(const struct registration *registration);

/* When an operation is due, in seconds since 1970; 0 if it isn't planned. */
int64_t sequence_due(const struct registration *registration, enum operation operation);

/* What registration.c gives the sequence. */

/* Makes the document the state, saves, logs and publishes. The one place where the state changes. Takes the
 * document over. 0 or a negative errno: nothing has changed. */
int registration_enter(struct registration *registration, json_object *document, enum state state);

/* Remembers a failure: shown from now on, and put into the document if there is one. */
void registration_note_failure(
    struct registration *registration, json_object *document, json_object *failure);
