/*
 * The ground that every part of the daemon stands on: options, event loop, configuration, state and counters. The
 * manager owns it and makes it before the parts. A part holds a pointer to it and knows only the parts below itself.
 */
#pragma once

#include "daemon/config/config.h"
#include "daemon/core/counters.h"
#include "daemon/core/refusal.h"
#include "daemon/state/store.h"

#include <systemd/sd-event.h>

struct core_options {
    const char *config_path, *state_directory, *socket_path;
    const char *worker_address; /* NULL: as configured */
    int log_level;              /* negative: as configured */
    const char *config_fault;   /* what was wrong with the configuration at the start; NULL: nothing */
    bool config_missing;        /* it can't be used at all: that of an empty file stands in for it */
};

struct core {
    struct core_options options;
    sd_event *event;
    struct config *config;
    struct store store;
    struct counters counters;
    char machine_id[33]; /* of this machine, derived for this program; empty if the machine has none */
    unsigned reloads;    /* successful reloads of the configuration */
    char *
        config_fault; /* why the last reload was refused, or what is wrong since the start; NULL if all is right */
    bool config_missing; /* no configuration could be used since the start: nothing is asked of the cloud */
    bool (*reload)(
        void *userdata); /* reads the configuration again; false if it is refused: see config_fault */
    void *reload_userdata;
    unsigned errands_for_clients; /* errands that run for clients; counted by worker/errand.c */
    unsigned changes;         /* calls of core_changed: shows whether a copy of the status is still current */
    sd_event_source *publish; /* runs once after changes; NULL until the loop is set up */
};

/* Notes that what GetStatus shows has changed. The change is published in the next turn of the event loop. */
void core_changed(struct core *core);

/* Returns true, and the refusal of what needs a configuration, if none could be used since the start. */
bool core_config_is_missing(const struct core *core, struct refusal *ret);

/* Fills the refusal of a change that can't be saved. Returns false. */
bool core_refuse_unsaved(const struct core *core, const char *what, struct refusal *ret);

/* Returns true and a refusal if the state is lost. */
bool core_state_is_lost(const struct core *core, struct refusal *ret);

/* Returns true if the feature is enabled: as committed, else as configured. */
bool core_is_enabled(const struct core *core);

/* Returns the label of the region: as committed, else as configured. Borrowed until the next commit or reload. */
const char *core_region_label(const struct core *core);

/* Returns the region in effect; NULL if the committed one is no longer configured or not supported: no default
 * takes the place of a decision. */
const struct region *core_region(const struct core *core);

/* Returns the label of the region in use: that of the registration, else the one in effect. */
const char *core_used_region_label(const struct core *core);

/* Returns true if the region in use is not configured or not supported: nothing may be sent to the cloud then. */
bool core_region_is_unknown(const struct core *core);

/* Returns true if the region in use is configured and supported, else false and the refusal. */
bool core_check_region(const struct core *core, struct refusal *ret);

/* Returns true if the state is bound to another machine. */
bool core_identity_is_foreign(const struct core *core);

/* Returns the name of the appliance: as configured, else the host name. Borrowed until the next call or reload. */
const char *core_appliance_name(const struct core *core);

/* Returns the least severe level that is logged: as on the command line, else as configured. */
int core_log_level(const struct core *core);

/* Returns the address of the worker: as on the command line, else as configured. */
const char *core_worker_address(const struct core *core);
