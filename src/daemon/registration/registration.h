/*
 * The registration of the appliance: what runs, what is planned, and how the last attempts ended. What is saved stands in
 * the state (struct saved); this object has the rest. The room's files act on it in this order: requests (what an
 * administrator asks for) -> operation (carries out one step after the other) -> transition (the one place where the state
 * changes) -> sequence (when what runs) -> report, expiry and this file.
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
    enum operation operation; /* that runs; OPERATION_NONE without one */
    const struct step *step;  /* of it, that the worker is asked */
    bool rekeyed;             /* the running attempt has made a key of the type that the server wants */
    struct attempts attempts[OPERATION_MAX_];
    const struct step *failed[OPERATION_MAX_]; /* the step that failed last; NULL: none */
    uint64_t
        removal_seen; /* CLOCK_BOOTTIME in microseconds of the cloud's first denial to know us; 0: none */
    json_object *last_failure; /* the newest, saved or not; NULL: none */
    int64_t last_success;      /* seconds since 1970; 0: none */
    bool clock_known;
    int64_t clock_offset; /* seconds that our clock was ahead of the cloud's, by its last answer */
    struct {
        bool foreign; /* the foreign identity was told */
        int days; /* the warning of the certificate's end that was told, for the certificate of the serial */
        char serial[130];
    } warned; /* holds what could not be saved */
    void (*start_operation)(struct registration *registration, enum operation operation);
    sd_event_source *timer, *calendar; /* for the next attempt; for the dates of the certificate */
};

/* Returns the saved part of the registration. */
const struct saved *registration_saved(const struct registration *registration);

/* Returns true while an operation runs. */
bool registration_is_running(const struct registration *registration);

/* Returns true if settings, machine and state file allow requests to the cloud. */
bool registration_may_use_cloud(const struct registration *registration);

/* Returns the operation that runs or waits for its next attempt (OPERATION_NONE: none), its step (NULL without one), and
 * the time of the attempt in seconds since 1970 (0: it runs or is not planned). */
enum operation registration_current(
    const struct registration *registration, const char **ret_step, int64_t *ret_next_attempt);

/* Ends the running operation; what it has saved stays. */
void registration_end_operation(struct registration *registration);

/* Remembers a failure, which is shown from now on; takes it over. */
void registration_set_failure(struct registration *registration, json_object *failure);
