/*
 * The steps of each operation as a table: which call of the worker a step is, what it is asked, and what is
 * kept of the answer. Steps read and change the registration part of a document; they know neither timers nor
 * sockets.
 */
#pragma once

#include "common/service.h"
#include "daemon/registration/registration.h"

struct config;

struct step {
    const char *name;
    enum operation operation;
    const char *method; /* of org.threatresponse.worker */
    const struct service_field *reply;
    const char *needs; /* members that the registration must have before it, separated by blanks */
    /* The parameters of the call; NULL without memory. */
    json_object *(*request)(const struct manager *manager, json_object *registration);
    /* Keeps what is needed of the reply's parameters, in the registration; 0, -EPROTO if they make no sense,
     * -ENOMEM. */
    int (*apply)(const struct manager *manager, json_object *registration, json_object *reply);
    const char
        *rekey; /* the step that makes a key of the type that this one's failure demands; NULL: it can't */
    const char *rewind; /* the step from which it is tried again after rewind_on; NULL: itself */
    enum reason rewind_on;
    bool rewind_if_gone; /* only if the answer was a 404 or 410 */
    bool identifies;     /* the appliance, by the certificate that it was registered with */
    bool last;           /* of its operation */
    bool detour;         /* taken only where another step leads to it */
    bool passable; /* if what it brings is certificate_unusable the operation goes on with what it has */
};

enum {
    STEPS_URL_MAX = 2400,
};

/* The base URL of the EST server, in out[size], which is returned: as the activation said, else as configured. */
const char *steps_est_url(const struct config *config, json_object *enrollment, char *out, size_t size);

/* The names of all steps, NULL-terminated. */
extern const char *const step_names[];

/* The first step of an operation, or the one of that name; the step after one (NULL after the last). */
const struct step *step_first(enum operation operation);
const struct step *step_find(enum operation operation, const char *name);
const struct step *step_next(const struct step *step);

/* True if the registration has what its state and its steps need: what a hand has edited may not. */
bool steps_consistent(json_object *registration);

/* Drops everything that belongs to an identity or to an attempt to get one; the guid too if asked for. */
void steps_forget(json_object *registration, bool guid_too);
