/*
 * Reads the configuration again: at SIGHUP, at the method Reload, and by itself while the start found it wrong. A wrong
 * file is refused and the former configuration stays in effect; the core's config_fault tells why.
 */
#pragma once

#include "daemon/registration/registration.h"
#include "daemon/socket/access.h"

struct reload {
    struct core *core;
    struct registration *registration;
    struct access *access;
    sd_event_source *timer; /* until what the start found wrong is mended; NULL: nothing is */
    uint64_t pause;
};

/* Sets up what reloads the configuration, and looks again by itself, less and less often, if the start has found it wrong.
 * Returns 0 or a negative errno. */
int reload_start(
    struct reload *reload, struct core *core, struct registration *registration, struct access *access);

/* Frees. Safe on a zeroed struct. */
void reload_stop(struct reload *reload);

/* Reads the configuration again and tells systemd. */
bool reload_now(struct reload *reload);
