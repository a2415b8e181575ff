/*
 * The check of the way to the cloud that a client asks for: a worker of its own, beside that of the registration. One at a
 * time; what the worker finds is passed on to the client as it comes, and the check ends when the client has gone.
 */
#pragma once

#include "common/json.h"
#include "daemon/core/refusal.h"

struct connection;
struct worker_link;
struct manager;
struct region;

struct check {
    struct manager *manager;
    struct worker_link *job;  /* NULL: no check runs */
    struct connection *asker; /* who gets the findings */
};

/* Starts a check of a server (NULL: of the one in use) and of the EST server; the first reply, which names the hosts, is queued. False and the
 * refusal if one runs already or the worker can't be had. */
bool check_start(
    struct manager *manager, struct connection *asker, const struct region *server, struct refusal *ret);

/* Ends the check of this client, if it runs one. */
void check_forget(struct check *check, const struct connection *asker);

/* Ends the check, if one runs. */
void check_stop(struct check *check);
