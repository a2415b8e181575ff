/*
 * Waits for an unusable state directory or a missing state, for example on a partition that is mounted late.
 * The daemon answers meanwhile and reports the fault. If systemd holds the socket, the daemon ends after a
 * pause and systemd starts it with a fresh view of the file system; else it looks again by itself. The pauses
 * grow with the age of a file beside the socket.
 */
#pragma once

#include "daemon/core/core.h"
#include "daemon/socket/server.h"

enum {
    STATE_WAIT_EXIT = 75, /* EX_TEMPFAIL */
};

struct state_wait {
    struct server *server; /* sends its clients their replies before the end; set by the caller, NULL: none */
    struct core *core;
    sd_event_source *timer;
    int (*look)(void *userdata); /* reads a state that is back; NULL: the daemon ends */
    void *userdata;
};

/* Begins to wait. Without a function the event loop ends with STATE_WAIT_EXIT after a pause; with one, the
 * function is called when the state is back, and its failure ends the loop. The wait also ends when an
 * administrator decides. Returns 0 or a negative errno. */
int state_wait_start(struct state_wait *wait, struct core *core, int (*look)(void *userdata), void *userdata);

/* Forgets since when it has waited: the directory can be used. */
void state_wait_forget(const struct core *core);

/* Frees. Safe on a zeroed struct. */
void state_wait_stop(struct state_wait *wait);
