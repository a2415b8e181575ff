/*
 * A connection to the local socket: frames the calls of the client, hands each to the server's handlers, and sends the
 * replies. It is limited in what it keeps for the client. A connection that answers more than once, or later, has a role: a
 * role is a feature of the room above, which the transport knows by these functions only. While it has a role it takes no
 * further calls. The server owns its connections.
 */
#pragma once

#include "common/varlink.h"
#include "daemon/socket/server.h"

#include <sys/socket.h>
#include <sys/types.h>

struct connection_role {
    /* Queues the newest of what the role tells; called after connection_wake, once earlier output is sent. NULL if the role
     * is never woken. 0, or a negative errno that ends the connection. */
    int (*send_newest)(struct connection *connection, void *data);
    /* The role has ended because the client has gone. NULL: nothing is to be done. */
    void (*closed)(struct connection *connection, void *data);
    /* A reply is still due: the connection is kept if the client only stops sending. */
    bool owes_reply;
};

struct connection {
    struct server *server;
    struct connection *next;
    struct varlink_stream stream;
    int fd;
    uid_t uid;
    gid_t gid;
    pid_t pid;
    const struct connection_role *role; /* NULL: it takes calls */
    void *role_data;                    /* the role's */
    sd_event_source *timeout;           /* of a message that has begun; NULL: none has */
    uint32_t events;                    /* of epoll that are waited for */
    bool asked;                         /* it has sent a call */
    bool stale;                         /* the role was woken and has not sent yet */
    bool ended;                         /* the client will send no more */
};

/* Serves a descriptor that was accepted, and takes it over on success. 0 or a negative errno. */
int connection_add(struct server *server, int fd, const struct ucred *peer);

/* Ends the connection and its role. */
void connection_free(struct connection *connection);

/* Reads, runs and sends what can be, after epoll reported the events; may free the connection. */
void connection_serve(struct connection *connection, uint32_t events);

/* Gives the connection a role, from within a call that it runs: the call is answered by the role. */
void connection_set_role(struct connection *connection, const struct connection_role *role, void *data);

/* Lets the role send its newest as soon as earlier output is sent; may free the connection. */
void connection_wake(struct connection *connection);

/* Sends one of several replies of the role; takes the message over (NULL: there was no memory for it). A connection that
 * can't take it is freed, which ends the role. */
void connection_send_part(struct connection *connection, json_object *message);

/* Sends the last reply and ends the role: calls are taken again. As connection_send_part in all else. */
void connection_send_last(struct connection *connection, json_object *message);

/* Returns true if the client may change things: see access.h. */
bool connection_may_write(const struct connection *connection);

/* Logs that a call of the client was refused, at most once a minute for a user. */
void connection_log_refusal(const struct connection *connection, const char *method);
