/*
 * An errand: calls of a worker on behalf of the daemon itself or of a client, one call at a time. The errand opens the
 * worker with its first call and owns the connection; it is bounded in time, in replies and in number, and to free it ends
 * the call that is under way. Its owner is told each reply, checked against the call's table, or why the call failed, in
 * words that are the same for all errands.
 */
#pragma once

#include "common/reason.h"
#include "common/service.h"
#include "daemon/core/core.h"

enum {
    ERRANDS_FOR_CLIENTS_MAX = 16, /* at once; the daemon's own are not counted */
    ERRAND_REPLIES_MAX = 1024,    /* of one call */
    ERRAND_MESSAGE_MAX = 512,     /* bytes of a failure's sentence that is the daemon's own */
};

struct errand;

struct errand_call {
    const char *method;                /* of org.threatresponse.worker */
    const struct service_field *reply; /* the table that each reply must fit */
    bool streams;                      /* the worker answers with several replies */
};

/* Why a call failed. Everything is borrowed and lasts as long as the callback, or until the errand's next call. */
struct errand_failure {
    enum reason reason;
    const char *message; /* a sentence */
    json_object *
        details; /* what the worker said (parameters of its error Failed); NULL: it is the worker that failed */
};

struct errand_owner {
    /* A reply has come; last: none follows. The errand may be freed or make its next call in the callback. */
    void (*replied)(void *userdata, json_object *parameters, bool last);
    /* The call has failed: no reply follows. */
    void (*failed)(void *userdata, const struct errand_failure *failure);
};

enum errand_party {
    ERRAND_FOR_DAEMON,
    ERRAND_FOR_CLIENT,
};

/* Makes an errand. 0; -EBUSY if clients have too many already; -ENOMEM. */
int errand_new(struct core *core, enum errand_party party, const struct errand_owner *owner, void *userdata,
    struct errand **ret);

/* Makes a call; takes over the parameters, which are erased (NULL: there was no memory for them). Callbacks follow, within
 * worker.timeout for each reply. Returns false and the failure if the worker can't be had or asked: no callback follows
 * then. */
bool errand_start_call(struct errand *errand, const struct errand_call *call, json_object *parameters,
    struct errand_failure *ret);

/* Ends the errand and the call that is under way; from a callback, too. Accepts NULL, returns NULL. */
struct errand *errand_free(struct errand *errand);
