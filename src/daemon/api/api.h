/*
 * The interfaces of the local socket, org.threatresponse.agent and org.threatresponse.casebook. dispatch.c
 * takes a call from the socket and finds its handler in the tables of methods; the handler calls the part of
 * the daemon that decides, and replies. The manager owns the object; the handlers share it.
 */
#pragma once

#include "daemon/api/call-cache.h"
#include "daemon/api/recognition.h"
#include "daemon/registration/registration.h"
#include "daemon/settings/settings.h"
#include "daemon/socket/connection.h"

struct api {
    struct core *core;
    struct settings *settings;
    struct registration *registration;
    const struct service_interface *interface; /* the first interface */
    struct server server;
    struct call_cache cache;
    struct status_reply {
        char *text; /* NULL: not made yet */
        size_t size;
        unsigned changes; /* core->changes when the text was made */
    } status[2];          /* of a single GetStatus, and of a stream */
    struct commits_reply {
        char *text; /* NULL: not made yet */
        size_t size;
        int64_t revision, room; /* the newest commit and api.max_output when the text was made */
    } commits;                  /* of ListCommits */
    struct check {
        struct errand *errand;    /* NULL: no check runs */
        struct connection *asker; /* the client that receives the findings */
    } check;
    struct recognitions recognitions;
    unsigned untimed;      /* calls of one method that were run but whose time is not counted yet */
    size_t untimed_method; /* the place of that method */
};

/* Returns the object that the server of a connection was started with. */
static inline struct api *api_of(const struct connection *connection)
{
    return connection->server->userdata;
}

/* Listens at the path and serves calls. Returns 0, or a negative errno that listener_fault explains. */
int api_start(struct api *api, struct core *core, struct settings *settings,
    struct registration *registration, const char *path);

/* Ends what runs for clients and closes their connections. Safe on a zeroed struct. */
void api_stop(struct api *api);
