/*
 * The ground that every part of the daemon stands on: options, event loop, configuration, state, and what is counted. The
 * manager owns it and makes it before the parts; a part holds a pointer to it and knows no other part above itself.
 */
#pragma once

#include "daemon/config/config.h"
#include "daemon/core/counters.h"
#include "daemon/state/store.h"

#include <systemd/sd-event.h>

struct core_options {
    const char *config_path, *state_directory, *socket_path;
    const char *worker_address; /* NULL: as configured */
    int log_level;              /* negative: as configured */
};

struct core {
    struct core_options options;
    sd_event *event;
    struct config *config;
    struct store store;
    struct counters counters;
    char machine_id[33];          /* of this machine, for this program; empty if it has none */
    unsigned reloads;             /* of the configuration */
    char *config_fault;           /* why the last reload was refused; NULL if it was not */
    unsigned errands_for_clients; /* see worker/errand.h */
    unsigned changes;             /* counts core_changed, for who keeps a copy of what the status shows */
    sd_event_source *publish;     /* runs once after changes; NULL before the loop is set up */
};

/* Notes that what GetStatus shows has changed: it is published in the next turn of the loop. */
void core_changed(struct core *core);

/* Returns what is committed, or else the default of the configuration. */
bool core_is_enabled(const struct core *core);
const char *core_region_label(const struct core *core);

/* Returns the region in effect, never NULL: the default one if the committed label has left the configuration. */
const struct region *core_region(const struct core *core);

/* Returns true if the state belongs to another machine. */
bool core_identity_is_foreign(const struct core *core);

/* Returns the name of the appliance: as configured, or else the host name. */
const char *core_appliance_name(const struct core *core);

/* Returns the most talkative level that is logged. */
int core_log_level(const struct core *core);

/* Returns the address of the worker: as the command line says, or else as configured. */
const char *core_worker_address(const struct core *core);
