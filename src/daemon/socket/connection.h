/*
 * A connection to the local socket: splits the input into calls, hands each to the server's handlers, and sends the
 * replies. What it keeps for a client is limited. A connection that replies more than once, or later, has a role: a
 * feature of the folder above, known here by its functions only. During a role it takes no further calls, and a client
 * that only stops sending keeps it. The server owns its connections.
 */
#pragma once

#include "common/varlink.h"
#include "daemon/socket/server.h"

#include <sys/socket.h>
#include <sys/types.h>

struct connection_role {
    /* Queues the newest reply of the role. Called after connection_wake, when earlier output is sent. NULL if the
     * role is never woken. Returns 0, or a negative errno that ends the connection. */
    int (*send_newest)(struct connection *connection, void *data);
    /* Cleans up after the client has gone, which has ended the role. May be NULL. */
    void (*closed)(struct connection *connection, void *data);
};

struct connection {
    struct server *server;
    struct connection *next;
    struct varlink_stream stream;
    int fd;
    uid_t uid;
    gid_t gid;
    pid_t pid;
    enum place_rank rank;
    struct place_user *user;            /* the user whose places include this one */
    uint64_t since;                     /* accepted then, CLOCK_MONOTONIC in microseconds */
    uint64_t used;                      /* the number of its last use: see struct server */
    const struct connection_role *role; /* NULL: the connection takes calls */
    void *role_data;                    /* owned by the role */
    sd_event_source *timeout;           /* of a message that has begun; NULL: none */
    uint32_t events;                    /* of epoll that the connection waits for */
    bool asked;                         /* the client has sent a call */
    bool stale;                         /* the role was woken and has not sent yet */
};

/* Serves an accepted descriptor. Takes it over on success. Returns 0 or a negative errno. */
int connection_add(struct server *server, int fd, const struct ucred *peer, enum place_rank rank);

/* Ends the connection and logs the reason, within the budget of peer-log.h. */
void connection_end_because(struct connection *connection, const char *reason);

/* Ends the connection and its role, and frees it. */
void connection_free(struct connection *connection);

/* Reads, runs and sends what can be after epoll has reported events. May free the connection. */
void connection_serve(struct connection *connection, uint32_t events);

/* Gives the connection a role, which answers the call that runs. Call it from the handler of that call, and
 * send no reply of the role before the handler has returned. */
void connection_set_role(struct connection *connection, const struct connection_role *role, void *data);

/* Lets the role send its newest reply as soon as earlier output is sent. May free the connection. */
void connection_wake(struct connection *connection);

/* Sends one of several replies of the role. Takes the message over (NULL: there was no memory for it). Frees the
 * connection if that fails, which ends the role. */
void connection_send_part(struct connection *connection, json_object *message);

/* Ends the role and sends its last reply; then calls are taken again. Otherwise like connection_send_part. */
void connection_send_last(struct connection *connection, json_object *message);

/* Returns true if the client may change things (access.h). */
bool connection_may_write(const struct connection *connection);

/* Logs a text after the client's name, within the budget of peer-log.h. */
void connection_log(const struct connection *connection, enum peer_line kind, const char *text);

/* Logs that the client may not call a method, within the budget of peer-log.h. */
void connection_log_refusal(const struct connection *connection, const char *method);
