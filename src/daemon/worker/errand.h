/*
 * An errand: calls of a worker for the daemon itself or for a client, one at a time. The first call opens the worker;
 * the errand owns the connection and closes it when it is freed. Time, replies and the number of errands are limited.
 * The owner receives each reply, checked against the table of the call, or the reason why the call failed, in the same
 * words for all errands.
 */
#pragma once

#include "common/reason.h"
#include "common/service.h"
#include "daemon/core/core.h"

enum {
    ERRANDS_FOR_CLIENTS_MAX = 16, /* at once; the daemon's own are not counted */
    ERRAND_REPLIES_MAX = 1024,    /* of one call */
    ERRAND_MESSAGE_MAX = 512,     /* bytes of a failure's sentence, if it is the daemon's own */
};

struct errand;

struct errand_call {
    const char *method;                /* of org.threatresponse.worker */
    const struct service_field *reply; /* the table of the reply's parameters */
    bool streams;                      /* the worker sends several replies */
};

/* Why a call failed. All is borrowed and lasts until the callback returns or the errand makes its next call. */
struct errand_failure {
    enum reason reason;
    const char *message;  /* a sentence */
    json_object *details; /* parameters of the worker's error Failed; NULL: the worker itself has failed */
};

struct errand_owner {
    /* Receives a reply; last: no other follows. The owner may free the errand or make the next call. */
    void (*replied)(void *userdata, json_object *parameters, bool last);
    /* Receives the failure of the call: no reply follows. The owner may free the errand or make the next call. */
    void (*failed)(void *userdata, const struct errand_failure *failure);
};

enum errand_party {
    ERRAND_FOR_DAEMON,
    ERRAND_FOR_CLIENT,
};

/* Makes an errand for errand_free. Returns 0; -EBUSY if ERRANDS_FOR_CLIENTS_MAX run already; -ENOMEM. */
int errand_new(struct core *core, enum errand_party party, const struct errand_owner *owner, void *userdata,
    struct errand **ret);

/* Makes a call. Takes the parameters over in any case and erases them; NULL: there was no memory for them. Returns
 * true: callbacks follow, each within worker.timeout; or false and the failure, if the worker can't be opened or
 * asked or is being asked already: no callback follows. Replaces a worker that has gone since the last call, or that
 * was opened before a reload. */
bool errand_start_call(struct errand *errand, const struct errand_call *call, json_object *parameters,
    struct errand_failure *ret);

/* Pause and resume the replies of a streaming call, for an owner that can't take them yet. The owner limits
 * the length of the pause. May be called from a callback. */
void errand_pause(struct errand *errand);
void errand_resume(struct errand *errand);

/* Ends the errand and its running call. May be called from a callback. Accepts NULL, returns NULL. */
struct errand *errand_free(struct errand *errand);
