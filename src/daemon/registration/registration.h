/*
 * The registration of the appliance: what runs, what is planned, and how the last attempts ended. The state
 * (struct saved) has what is saved; this object has the rest. The files of this folder use each other from
 * left to right: lifecycle, first-boot, requests (of administrators), operation (does one step after the
 * other), give-up (ends an operation that can't go on), transition (the one place that changes the state),
 * sequence (decides what runs when), steps (the table of steps), answer (keeps the result of a step, and
 * chooses the date of the renewal), then failure, warning, report, health, expiry and this file.
 */
#pragma once

#include "daemon/core/attempts.h"
#include "daemon/core/core.h"
#include "daemon/worker/errand.h"

struct registration;
struct step;

struct registration {
    struct core *core;
    struct errand *errand;    /* the worker of the running operation; NULL if none runs */
    enum operation operation; /* the running one; OPERATION_NONE if none runs */
    const struct step *step;  /* the step of it that the worker does */
    bool rekeyed;             /* the running attempt has made a key of the type that the server wants */
    struct attempts attempts[OPERATION_MAX_];
    const struct step *failed[OPERATION_MAX_]; /* the step that failed last; NULL: none */
    uint64_t removal_seen;     /* the cloud's first 404 or 410: CLOCK_BOOTTIME in microseconds; 0: none */
    json_object *last_failure; /* the newest one, saved or not; NULL: none */
    int64_t last_success;      /* seconds since 1970; 0: none */
    bool clock_known;          /* clock_offset is valid */
    int64_t clock_offset;      /* seconds that our clock was ahead of the cloud's at its last answer */
    struct {
        bool foreign;     /* of an identity of another machine */
        int days;         /* before the end of the certificate with the serial: as expiry_due_warning */
        char serial[130]; /* empty: of none */
    } warned;             /* the warnings that were given, even if that could not be saved */
    void (*start_operation)(struct registration *registration, enum operation operation);
    sd_event_source *timer, *calendar; /* for the next attempt; for the dates of the certificate */
};

/* Returns the saved part of the registration. */
const struct saved *registration_saved(const struct registration *registration);

/* Returns true while an operation runs. */
bool registration_is_running(const struct registration *registration);

/* Returns true if settings, machine and state file allow requests to the cloud. */
bool registration_may_use_cloud(const struct registration *registration);

/* Returns the operation that runs or waits for its next attempt, or OPERATION_NONE. Sets the step (NULL without an
 * operation) and the time of the attempt in seconds since 1970 (0: it runs, or none is planned). */
enum operation registration_current(
    const struct registration *registration, const char **ret_step, int64_t *ret_next_attempt);

/* Ends the running operation. The results that it has saved stay. */
void registration_end_operation(struct registration *registration);

/* Makes a failure the one that the status shows. Takes it over. */
void registration_set_failure(struct registration *registration, json_object *failure);
