/*
 * Accepts connections: learns who is at the other end and asks the owner whether and where it is taken. Without descriptors
 * or memory it pauses.
 */
#pragma once

#include <stdbool.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>

struct acceptor {
    /* A client has connected. Returns true if the descriptor was taken over, false if it is to be closed. */
    bool (*accepted)(void *userdata, int fd, const struct ucred *peer);
    /* Returns how many connections are allowed, as the configuration says now. */
    size_t (*allowed)(void *userdata);
    void *userdata;
    sd_event_source *accept, *pause;
    bool paused; /* no connection could be accepted the last time */
};

/* Starts accepting on a listening socket; the functions and their userdata are set. 0 or a negative errno. */
int accept_start(struct acceptor *acceptor, sd_event *event, int listener);

/* Accepts no more. Safe to repeat. */
void accept_stop(struct acceptor *acceptor);
