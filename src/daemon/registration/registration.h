/*
 * The registration of the appliance as a machine of states, operations and steps. A step is one call of the
 * worker; its result is on disk before the next one starts (steps.c says what each step asks and keeps). This
 * file decides what runs when: it retries, refreshes, renews, and is the only one that changes the state.
 */
#pragma once

#include "common/json.h"
#include "daemon/core/refusal.h"

#include <sys/types.h>
#include <systemd/sd-event.h>

struct manager;
struct worker_link;
struct step;

enum state {
    STATE_UNREGISTERED,
    STATE_REGISTERING,
    STATE_REGISTERED,
    STATE_DEREGISTERING,
};

enum operation {
    OPERATION_REGISTER,
    OPERATION_DEREGISTER,
    OPERATION_REFRESH,
    OPERATION_RENEW,
    OPERATION_MAX_,
    OPERATION_NONE = OPERATION_MAX_,
};

/* The names as in the IDL, in the order of the enums, NULL-terminated. */
extern const char *const state_names[];
extern const char *const operation_names[];

struct registration {
    struct manager *manager;
    struct worker_link *job;  /* the worker that is at it; NULL if none is */
    unsigned job_reloads;     /* the manager's count of reloads when the worker was started */
    const struct step *step;  /* what it is asked */
    enum operation operation; /* what the job does; OPERATION_NONE without a job */
    bool rekeyed;             /* the job has made a key of the type that the server wants */
    struct {
        unsigned failures;         /* in a row */
        const struct step *failed; /* the last of them */
        uint64_t due;              /* CLOCK_BOOTTIME in microseconds; UINT64_MAX: not at all */
        uint64_t reported;         /* a bit for each reason that was an event already */
    } attempts[OPERATION_MAX_];
    uint64_t removal_seen;     /* when the cloud first denied to know us; 0: it did not */
    json_object *last_failure; /* the newest, saved or not; NULL if none */
    int64_t last_success;      /* seconds since 1970; 0: none */
    uid_t requester;           /* who asks for what the functions below do */
    bool has_requester;
    bool clock_known;
    int64_t clock_offset; /* seconds that our clock was ahead of the cloud's, by its last answer */
    bool warned_foreign;  /* what report.c has told, should it not be saved */
    int warned_days;
    char warned_serial[130];
    sd_event_source *timer, *calendar;
};

/* Takes up what the state says is to be done. 0 or a negative errno. */
int registration_start(struct registration *registration, struct manager *manager);

/* Stops what runs, leaving the state as it is. */
void registration_stop(struct registration *registration);

/* Looks again at what is to be done, after a change of settings, configuration or clock. */
void registration_reconsider(struct registration *registration);

/* Who asks for what is called next: recorded with the change of the state that it makes. */
void registration_set_requester(struct registration *registration, uid_t uid);

/* Records the requester in the registration part of a document. */
void registration_note_requester(const struct registration *registration, json_object *saved);

/* What the administrator asks for. True if it is done or under way, else the refusal. */
bool registration_register(struct registration *registration, const char *token, struct refusal *ret);
bool registration_deregister(
    struct registration *registration, bool local_only, const char **ret_notice, struct refusal *ret);

/* Plans a renewal for now. */
bool registration_renew(struct registration *registration, struct refusal *ret);

/* Cancels what is under way; ret_operation is OPERATION_NONE, and nothing is done, if nothing is. */
bool registration_cancel(
    struct registration *registration, enum operation *ret_operation, struct refusal *ret);

/* True if the token has the alphabet and the length of a token. */
bool registration_token_is_well_formed(const char *token);

enum state registration_state(const struct registration *registration);

/* When a renewal is overdue: a quarter of the time that was left for it is gone. Seconds since 1970, INT64_MAX if there
 * is no certificate. */
int64_t registration_overdue(json_object *registration);

/* The name of the health; NULL unless registered, or with the identity of another machine. */
const char *registration_health(const struct registration *registration);

/* What is under way or waits for its next attempt, with its step and the time of the attempt (seconds since
 * 1970, 0: it runs or is not planned). */
enum operation registration_current(
    const struct registration *registration, const char **ret_step, int64_t *ret_next_attempt);

/* True if settings, machine and state file allow requests to the cloud. */
bool registration_may_use_cloud(const struct registration *registration);
