/*
 * The daemon as one object: owns the core and all parts, and tells systemd and the watchers of changes once per turn of the
 * loop. Only main.c knows it.
 */
#pragma once

#include "daemon/api/api.h"

struct manager {
    struct core core;
    struct settings settings;
    struct registration registration;
    struct api api;
    bool was_running; /* an operation ran at the last publication */
};

/* Takes the configuration over, opens state and socket, and is ready to run. 0 or a negative errno, which is
 * logged. */
int manager_new(const struct core_options *options, struct config *config, struct manager **ret);

/* Stops and frees everything; accepts NULL, returns NULL. */
struct manager *manager_free(struct manager *manager);

/* Runs until SIGTERM or SIGINT. 0 or a negative errno. */
int manager_run(struct manager *manager);
