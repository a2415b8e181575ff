/*
 * Waits for a state directory that can't be used yet, such as one on a partition that is mounted late. The daemon answers
 * meanwhile and says so; after a pause it ends, for systemd to start it again with a fresh view of the file system. The
 * pauses grow with the age of a file beside the socket.
 */
#pragma once

#include "daemon/core/core.h"

enum {
    STATE_WAIT_EXIT = 75, /* EX_TEMPFAIL */
};

struct state_wait {
    sd_event_source *timer;
};

/* Begins to wait: after a pause the event loop ends with STATE_WAIT_EXIT. Returns 0 or a negative errno. */
int state_wait_start(struct state_wait *wait, struct core *core);

/* Forgets since when it has waited: the directory can be used. */
void state_wait_forget(const struct core *core);

/* Frees. Safe on a zeroed struct. */
void state_wait_stop(struct state_wait *wait);
