/*
 * The one object that owns everything in the daemon. Parts that are told of a change call manager_changed;
 * the manager then renews the answer of GetStatus, tells the watchers and systemd, once per turn of the loop.
 */
#pragma once

#include "daemon/api/check.h"
#include "daemon/config/config.h"
#include "daemon/core/counters.h"
#include "daemon/registration/registration.h"
#include "daemon/settings/settings.h"
#include "daemon/socket/server.h"
#include "daemon/state/store.h"

#include <systemd/sd-event.h>

struct manager_options {
    const char *config_path, *state_directory, *socket_path;
    const char *worker_address; /* NULL: as configured */
    int log_level;              /* negative: as configured */
};

struct manager {
    struct manager_options options;
    sd_event *event;
    struct config *config;
    struct store store;
    struct settings settings;
    struct registration registration;
    struct check check;
    struct server server;
    struct metrics metrics;
    char machine_id[33]; /* of this machine, for this program; empty if it has none */
    unsigned reloads;    /* of the configuration */
    char *config_fault;  /* why the last reload was refused; NULL if it was not */
    struct {
        char *text; /* NULL after a change */
        size_t size;
    } status[2]; /* the replies of GetStatus: a single one, one of a stream */
    sd_event_source *publish;
    bool worked; /* an operation was running at the last publication */
};

/* Takes the configuration over, opens state and socket, and is ready to run. 0 or a negative errno, which is
 * logged. */
int manager_new(const struct manager_options *options, struct config *config, struct manager **ret);

/* Stops and frees everything; accepts NULL, returns NULL. */
struct manager *manager_free(struct manager *manager);

/* Runs until SIGTERM or SIGINT. 0 or a negative errno. */
int manager_run(struct manager *manager);

/* Something that GetStatus shows has changed. */
void manager_changed(struct manager *manager);

/* The reply of GetStatus, or of its stream, ready to send; the size is without the NUL. NULL without memory.
 * Borrowed until the next change. */
const char *manager_status_reply(struct manager *manager, bool stream, size_t *ret_size);

/* The server that is in effect; never NULL. */
const struct region *manager_region(const struct manager *manager);

/* The appliance's name: as configured, or the host name. */
const char *manager_name(const struct manager *manager);

/* The most talkative level that is logged. */
int manager_log_level(const struct manager *manager);

/* What the worker is reached by. */
const char *manager_worker_address(const struct manager *manager);
