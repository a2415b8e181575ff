/*
 * Watches the name of the host, which is the name of an appliance that has none in the configuration: a new one is published,
 * and the cloud learns it with a refresh that comes soon.
 */
#pragma once

#include "daemon/registration/registration.h"

struct host_name {
    struct registration *registration;
    sd_event_source *source; /* NULL: this system does not tell */
    int fd;
    char name[65]; /* last seen */
};

/* Begins to watch. Without a kernel that tells it does nothing: the next refresh brings the name. */
void host_name_start(struct host_name *host_name, struct registration *registration);

/* Frees. Safe on a zeroed struct. */
void host_name_stop(struct host_name *host_name);

/* Publishes a changed name and plans a refresh. Does nothing if the name is the same: the kernel also reports
 * changes in containers. */
void host_name_note_change(struct host_name *host_name);
