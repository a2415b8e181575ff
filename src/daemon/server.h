/*
 * The local socket: accepts connections, learns who is at the other end, frames their calls and sends the
 * replies. What a client can make the daemon hold is limited in every direction; api.c runs the calls.
 */
#pragma once

#include "varlink.h"

#include <sys/types.h>
#include <systemd/sd-event.h>

struct manager;
struct connection;

struct api_server {
    struct manager *manager;
    int fd;
    char *path; /* to remove at the end; NULL if systemd made the socket */
    sd_event_source *accept, *pause;
    struct connection *connections;
    size_t n_connections;
};

struct connection {
    struct api_server *server;
    struct connection *next;
    struct varlink_stream stream;
    int fd;
    uid_t uid;
    pid_t pid;
    sd_event_source *io, *timeout;
    bool watching; /* an endless GetStatus: no further calls are taken */
    bool stale;    /* the watcher has not got the newest status */
    bool ended;    /* the peer will send no more */
};

/* Takes the socket from systemd or makes it at the path, and listens. 0, -EADDRINUSE if another daemon
 * answers there, or another negative errno. */
int api_server_start(struct api_server *server, struct manager *manager, const char *path);

/* Closes everything and removes the socket that start made. Safe on a zeroed server. */
void api_server_stop(struct api_server *server);

/* Sends the newest status to the watchers. */
void api_server_publish(struct api_server *server);

/* True if the peer may change things: uid 0, our own uid, or a member of admin_group. */
bool connection_may_write(const struct connection *connection);
