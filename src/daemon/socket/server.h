/*
 * The local socket: listens, accepts, and owns the connections. What a call means is the business of the handlers, which the
 * room above gives. What clients can make the daemon hold is limited in every direction.
 */
#pragma once

#include "common/reason.h"
#include "daemon/core/core.h"
#include "daemon/socket/accept.h"
#include "daemon/socket/access.h"
#include "daemon/socket/listener.h"

struct connection;
struct connection_role;

struct server_handlers {
    /* Runs one call, whose text is overwritten. 0, or a negative errno that ends the connection. */
    int (*run)(struct connection *connection, char *text, size_t size);
    /* The calls that had come together on a connection were run. */
    void (*ran)(void *userdata);
    /* Makes the error message that refuses a connection; NULL without memory. */
    json_object *(*make_refusal)(enum reason reason, const char *message, const char *remedy);
};

struct server {
    struct core *core;
    const struct server_handlers *handlers;
    void *userdata; /* the handlers' */
    struct listener listener;
    struct acceptor acceptor;
    struct access access;
    int epoll;              /* the connections */
    sd_event_source *ready; /* of the epoll */
    sd_event_source *end;   /* the latest end; NULL: none is planned */
    struct connection *connections;
    size_t n_connections;
};

/* Takes the socket from systemd or makes it at the path, and listens. 0, or a negative errno as of listener_open. */
int server_start(struct server *server, struct core *core, const struct server_handlers *handlers,
    void *userdata, const char *path);

/* Takes no more connections and ends the event loop as soon as each client that has connected has had the answer to its
 * first call, or a second later; at once if called again. 0 or a negative errno. */
int server_end(struct server *server);

/* Closes everything and removes the socket that server_start made. Safe on a zeroed struct. */
void server_stop(struct server *server);

/* Wakes all connections of a role: see connection_wake. */
void server_wake(struct server *server, const struct connection_role *role);

/* Returns the number of connections of a role. */
size_t server_count_role(const struct server *server, const struct connection_role *role);
