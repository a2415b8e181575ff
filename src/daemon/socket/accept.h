/*
 * Accepts connections and hands them to the owner with the credentials of the peer. Pauses while there are no
 * descriptors or no memory.
 */
#pragma once

#include "daemon/socket/peer-log.h"

#include <stdbool.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>

struct acceptor {
    /* Receives a connection. Returns true if it takes the descriptor over; false lets the
     * acceptor close it. */
    bool (*accepted)(void *userdata, int fd, const struct ucred *peer);
    /* Returns the number of connections that the configuration allows now. */
    size_t (*allowed)(void *userdata);
    void *userdata;
    struct peer_log *log; /* clients that use up descriptors or memory cause lines */
    sd_event_source *accept, *pause;
    bool paused; /* the last connection could not be accepted */
    bool logged; /* the pause is logged */
};

/* Starts to accept at a listening socket. The caller has set the functions and userdata.
 * Returns 0 or a negative errno. */
int accept_start(struct acceptor *acceptor, sd_event *event, int listener);

/* Stops accepting. Safe to repeat. */
void accept_stop(struct acceptor *acceptor);
