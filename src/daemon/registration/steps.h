/*
 * The steps of each operation as a table: the call of the worker that a step is, what it asks, what is kept of the reply, and
 * where the operation goes on. Steps read what is saved and change a copy of it; they know neither timers nor sockets.
 */
#pragma once

#include "daemon/worker/errand.h"

struct step {
    const char *name;
    enum operation operation;
    struct errand_call call;
    /* Makes the parameters of the call; NULL without memory. */
    json_object *(*request)(const struct core *core, const struct saved *saved);
    /* Keeps what is needed of the reply in the registration part of a document; see answer.h. */
    int (*apply)(const struct core *core, json_object *registration, json_object *reply);
    const char *rekey;  /* the step that makes a key of the type that a failure demands; NULL: none can */
    const char *rewind; /* the step that the next attempt begins with after rewind_on; NULL: this one */
    enum reason rewind_on;
    bool rewind_if_gone;   /* only if the answer was a 404 or 410 */
    bool uses_certificate; /* the appliance shows the certificate that it was registered with */
    bool asks_for_device;  /* the regional server says whether it knows the appliance */
    bool last;             /* of its operation */
    bool only_by_jump;     /* it follows no step: another one leads to it by its name */
    bool optional;         /* after certificate_unusable the operation goes on with what it has */
};

/* Returns the first step of an operation. */
const struct step *step_first(enum operation operation);

/* Returns the step of a name, or the first one of the operation if it has none of that name (or name is NULL). */
const struct step *step_find(enum operation operation, const char *name);

/* Returns the step after one, NULL after the last. */
const struct step *step_next(const struct step *step);
