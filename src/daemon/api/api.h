/*
 * The local interface org.threatresponse.agent: one object for its room. api.c starts and ends it; a call goes from the socket
 * to dispatch, by the table of methods to its handler, and from there to the part of the daemon that decides.
 */
#pragma once

#include "daemon/api/call-cache.h"
#include "daemon/registration/registration.h"
#include "daemon/settings/settings.h"
#include "daemon/socket/connection.h"

struct api {
    struct core *core;
    struct settings *settings;
    struct registration *registration;
    const struct service_interface *interface;
    struct server server;
    struct call_cache cache;
    struct status_reply {
        char *text; /* NULL: not made yet */
        size_t size;
        unsigned changes; /* core->changes when it was made */
    } status[2];          /* of a single GetStatus; of a stream */
    struct check {
        struct errand *errand; /* NULL: no check runs */
        struct connection *asker;
    } check;
    size_t untimed_method; /* the method of the calls that were run and whose time is not counted yet */
    unsigned untimed;      /* the number of these calls */
};

static inline struct api *api_of(const struct connection *connection)
{
    return connection->server->userdata;
}

/* Listens at the path and serves calls. 0, or a negative errno as of server_start. */
int api_start(struct api *api, struct core *core, struct settings *settings,
    struct registration *registration, const char *path);

/* Ends what runs for clients and closes their connections. Safe on a zeroed struct. */
void api_stop(struct api *api);
