/*
 * The steps of each operation as a table: the worker's call, its parameters, what is kept of the reply, and which step
 * follows. Steps read what is saved and change a copy of it; they know neither timers nor sockets.
 */
#pragma once

#include "daemon/worker/errand.h"

struct step {
    const char *name;
    enum operation operation;
    struct errand_call call;
    /* Returns the parameters of the call; NULL without memory. */
    json_object *(*request)(const struct core *core, const struct saved *saved);
    /* Copies from the reply to the registration part of a document: see answer.h. */
    int (*apply)(const struct core *core, json_object *registration, json_object *reply);
    const char *rekey;     /* the step that makes a key of the type that a failure demands; NULL: none */
    const char *rewind;    /* the step that the next attempt begins with after rewind_on; NULL: this one */
    enum reason rewind_on; /* the reason of a failure */
    bool unusable_ends;    /* certificate_unusable means the saved pair: another attempt can't help */
    bool rewind_if_gone;   /* rewind only after a 404 or 410 */
    bool uses_certificate; /* the appliance shows the certificate that it was registered with */
    bool asks_for_device;  /* the regional server says whether it knows the appliance */
    bool last;             /* of its operation */
    bool only_by_jump;     /* does not follow the step before it: another one names it */
    bool optional;         /* the operation goes on without it if the server declines */
};

/* Returns the first step of an operation. */
const struct step *step_first(enum operation operation);

/* Returns the step with a name; the first one of the operation if the name is NULL or not one of its steps. */
const struct step *step_find(enum operation operation, const char *name);

/* Returns the following step; NULL after the last one. */
const struct step *step_next(const struct step *step);
