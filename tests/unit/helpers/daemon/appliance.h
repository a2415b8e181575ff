/*
 * A whole daemon and its worker, for the tests of the registration: *state of a test is its struct appliance.
 */
#pragma once

#include "daemon/registration/requests.h"
#include "unit/helpers/daemon/fake-worker.h"
#include "unit/helpers/daemon/states.h"

struct appliance {
    struct fixture f;
    struct fake_worker worker;
};

/* Who asks in the tests: root. */
extern const struct requester root_requester;

/* Before a test: the worker listens, the daemon is not started yet. After one: all is ended and removed. */
int appliance_set_up(void **state);
int appliance_tear_down(void **state);

/* Starts the daemon with a state (NULL: the one that is there) and a configuration. */
void appliance_start(struct appliance *a, const char *state, const char *config);

/* Stops the daemon; the worker goes on listening. */
void appliance_stop(struct appliance *a);

/* Returns the registration of the running daemon. */
struct registration *registration_of(const struct appliance *a);

/* Runs until so many calls of the script have been asked and no operation runs. */
void appliance_run(struct appliance *a, size_t asked);

/* Runs the whole script. */
void appliance_run_all(struct appliance *a);

/* Copies a member of the registration that is on disk now, or "none". Returns out. */
const char *appliance_saved(const struct appliance *a, const char *member, char *out, size_t size);

/* Checks the state of the registration, in memory and on disk. */
void appliance_check_state(const struct appliance *a, const char *expected);

/* Puts an integer, counted from now, into a member of the registration, and of its certificate. */
void appliance_set_time(struct appliance *a, const char *member, int64_t from_now);
void appliance_set_not_after(struct appliance *a, int64_t from_now);
