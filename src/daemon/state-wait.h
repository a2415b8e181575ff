/*
 * Waits for a state directory that can't be used yet, or for a state that is not there, such as those on a partition that is
 * mounted late. The daemon answers meanwhile and says so. If systemd holds the socket, it ends after a pause, to be started again
 * with a fresh view of the file system; else it looks again by itself. The pauses grow with the age of a file beside the socket.
 */
#pragma once

#include "daemon/core/core.h"
#include "daemon/socket/server.h"

enum {
    STATE_WAIT_EXIT = 75, /* EX_TEMPFAIL */
};

struct state_wait {
    struct server *server; /* whose clients get their replies before the end; set by the caller, NULL: none */
    struct core *core;
    sd_event_source *timer;
    int (*look)(void *userdata); /* takes a state that is back; NULL: the daemon ends */
    void *userdata;
};

/* Begins to wait: after a pause the event loop ends with STATE_WAIT_EXIT or, with a function, that is called as soon as the state
 * is back; its failure ends the loop. Ends by itself when an administrator decides. Returns 0 or a negative errno. */
int state_wait_start(struct state_wait *wait, struct core *core, int (*look)(void *userdata), void *userdata);

/* Forgets since when it has waited: the directory can be used. */
void state_wait_forget(const struct core *core);

/* Frees. Safe on a zeroed struct. */
void state_wait_stop(struct state_wait *wait);
