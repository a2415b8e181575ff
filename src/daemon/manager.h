/*
 * The daemon as one object. It owns the core and all parts, and publishes changes to systemd and to the clients that
 * watch once per turn of the event loop. Only main.c knows it.
 */
#pragma once

#include "daemon/api/api.h"
#include "daemon/host-name.h"
#include "daemon/reload.h"
#include "daemon/state-retry.h"
#include "daemon/state-wait.h"

struct manager {
    struct core core;
    struct settings settings;
    struct registration registration;
    struct api api;
    struct reload reload;
    struct state_wait state_wait;
    struct state_retry state_retry;
    struct host_name host_name;
    bool was_running; /* an operation ran at the last publication */
};

/* Makes the daemon: opens the state and the socket. Takes the configuration over in any case. Returns 0, or a negative
 * errno that was logged. */
int manager_new(const struct core_options *options, struct config *config, struct manager **ret);

/* Stops and frees everything. Accepts NULL, returns NULL. */
struct manager *manager_free(struct manager *manager);

/* Runs the event loop until SIGTERM or SIGINT. Returns 0, STATE_WAIT_EXIT or a negative errno. */
int manager_run(struct manager *manager);
