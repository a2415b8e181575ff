/*
 * The local socket: listens, accepts, and owns the connections. The handlers, which the folder above provides, know
 * what a call means. All that clients can make the daemon keep is limited.
 */
#pragma once

#include "common/reason.h"
#include "daemon/core/core.h"
#include "daemon/socket/accept.h"
#include "daemon/socket/access.h"
#include "daemon/socket/listener.h"
#include "daemon/socket/peer-log.h"
#include "daemon/socket/places.h"

struct connection;
struct connection_role;

struct server_handlers {
    /* Runs one call and overwrites its text. Returns 0, or a negative errno that ends the connection. */
    int (*run)(struct connection *connection, char *text, size_t size);
    /* Called when all calls that had arrived together on a connection were run. */
    void (*ran)(void *userdata);
    /* Returns the error message that refuses a connection; NULL without memory. */
    json_object *(*make_refusal)(enum reason reason, const char *message, const char *remedy);
};

struct server {
    struct core *core;
    const struct server_handlers *handlers;
    void *userdata; /* of the handlers */
    struct listener listener;
    struct acceptor acceptor;
    struct access access;
    struct peer_log log;
    struct server_ready {
        int epoll;
        sd_event_source *source;
    } ready[2];                  /* connections of users, and of administrators, who come first */
    sd_event_source *end;        /* the timer of the end; NULL: the server goes on */
    int end_code;                /* exit code of the event loop */
    sd_event_source *first_call; /* ends connections that ask nothing; NULL until the first one */
    struct connection *connections;
    struct places places;
    uint64_t uses; /* numbers each use of a connection */
};

/* Opens the socket as listener_open does, and accepts connections. Returns 0, or a negative errno that listener_fault
 * explains. server_stop ends it in both cases. */
int server_start(struct server *server, struct core *core, const struct server_handlers *handlers,
    void *userdata, const char *path);

/* Stops accepting, and ends the event loop with a code when each connected client has the reply to its first
 * call, at most after a second. A second call ends it at once. Returns 0 or a negative errno. */
int server_end(struct server *server, int code);

/* Closes all connections and the socket. Safe on a zeroed struct. */
void server_stop(struct server *server);

/* Wakes all connections with a role: see connection_wake. */
void server_wake(struct server *server, const struct connection_role *role);

/* Returns the number of connections with a role. */
size_t server_count_role(const struct server *server, const struct connection_role *role);
