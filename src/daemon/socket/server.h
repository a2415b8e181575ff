/*
 * The local socket: accepts connections, learns who is at the other end, frames their calls and sends the
 * replies. What a client can make the daemon hold is limited in every direction; api.c runs the calls.
 */
#pragma once

#include "common/varlink.h"
#include "daemon/api/call-cache.h"
#include "daemon/socket/access.h"
#include "daemon/socket/listener.h"

#include <sys/socket.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

struct manager;
struct connection;

struct server {
    struct manager *manager;
    struct listener listener;
    struct access access;
    int epoll; /* the connections */
    sd_event_source *accept, *pause, *ready;
    sd_event_source *end; /* the latest end; NULL as long as there is to be none */
    bool paused;          /* no connection could be accepted the last time */
    struct connection *connections;
    size_t n_connections;
    struct recent recent;
    uint64_t turn;         /* when the turn of a connection began: nanoseconds of CLOCK_MONOTONIC */
    size_t untimed_method; /* so many calls of it have run, and their time is not counted yet */
    unsigned untimed;
};

struct connection {
    struct server *server;
    struct connection *next;
    struct varlink_stream stream;
    int fd;
    uid_t uid;
    gid_t gid;
    pid_t pid;
    sd_event_source *timeout;
    uint32_t events; /* that are waited for */
    bool asked;      /* it has sent a call */
    bool watching;   /* an endless GetStatus: no further calls are taken */
    bool stale;      /* the watcher has not got the newest status */
    bool checking;   /* a check sends its findings: no further calls are taken before its end */
    bool ended;      /* the peer will send no more */
};

/* Takes the socket from systemd or makes it at the path, and listens. 0, or a negative errno as of
 * listener_open. */
int server_start(struct server *server, struct manager *manager, const char *path);

/* Takes no more connections and ends the event loop as soon as each that is there has had the answer to its first call,
 * or a second later; at once if called again. 0 or a negative errno. */
int server_end(struct server *server);

/* Closes everything and removes the socket that start made. Safe on a zeroed server. */
void server_stop(struct server *server);

/* Sends the newest status to the watchers. */
void server_publish(struct server *server);

/* Serves a descriptor that was accepted, and takes it over on success. 0 or a negative errno. */
int connection_add(struct server *server, int fd, const struct ucred *peer);

/* Sends one of several replies, or the last one, after which calls are taken again. Take the message over (NULL: there was
 * no memory for it); a connection that can't take it is closed. */
void connection_stream(struct connection *connection, json_object *message);
void connection_end_stream(struct connection *connection, json_object *message);

/* True if the peer may change things: uid 0, our own uid, or a member of admin_group. */
bool connection_may_write(const struct connection *connection);

/* Logs that a call of the peer was refused, at most once a minute. */
void connection_log_refusal(const struct connection *connection, const char *method);
