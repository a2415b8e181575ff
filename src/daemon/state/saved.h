/*
 * The state in C: struct saved, filled by the one function that reads the members of a document. The store fills its
 * own one with each commit. Texts and objects are borrowed from the document and last until the next commit. The
 * comments name the value of a member that the document lacks.
 */
#pragma once

#include "common/json.h"
#include "daemon/state/names.h"

#define SAVED_NEVER INT64_MAX /* seconds since 1970 */

enum {
    SAVED_NOT_WARNED = 1000,      /* days before the end of a certificate: more than any warning */
    SAVED_REFRESH_DEFAULT = 1200, /* seconds */
};

struct saved {
    const char *machine_id; /* of the machine that the identity is bound to; NULL: none */
    bool ever_registered;

    /* The committed settings. */
    bool enabled_is_set, enabled;
    const char *server_label; /* of the chosen region; NULL: none */
    int64_t revision;         /* of the last commit; 0: none */

    /* The registration. */
    enum state state;
    int64_t since;                          /* when the state was entered */
    const char *steps[OPERATION_MAX_];      /* the next step of an operation; NULL: the first one */
    const char *guid;                       /* NULL: none */
    const char *region_label, *region_fqdn; /* of the region that it is with; NULL: none */
    const char *token;                      /* that waits for its activation; NULL: none */
    json_object *enrollment;                /* the enrolment credential; NULL: none */
    const char *est_url,
        *est_label;            /* as the activation named them (label empty: none); NULL: as configured */
    const char *key_type;      /* as a server demanded; NULL: as configured */
    const char *trust_anchors; /* PEM; NULL: none */
    json_object *tenant;       /* type Tenant; NULL: unknown */
    const char *tenant_name;   /* NULL: unknown */
    int64_t refresh_interval;  /* seconds; SAVED_REFRESH_DEFAULT: the server named none */
    bool removed;              /* in the portal */
    struct saved_attempts {
        unsigned failures; /* in a row; 0: none */
        int64_t next;      /* the time of the next attempt */
        bool asked;        /* the server asked for that time */
    } attempts[OPERATION_MAX_];
    int64_t last_success;      /* 0: none */
    json_object *last_failure; /* type Failure; NULL: none */
    json_object *requested_by; /* type User: who asked for the newest change; NULL: unknown */
    const char *requester;     /* its userName; NULL: unknown */
    int64_t requester_uid;     /* its uid; 0: unknown */

    /* The certificate in use, and the new one of a renewal. */
    struct saved_pair {
        const char *private_key, *certificate, *chain; /* PEM; NULL: none */
        json_object *info;                             /* type CertificateInfo; NULL: none */
    } pair, new_pair;
    const char *serial;         /* of the certificate in use; NULL: none */
    int64_t not_after;          /* its end; SAVED_NEVER without a certificate */
    int64_t next_renewal;       /* SAVED_NEVER: none is planned */
    int warned_days;            /* the last warning before its end; SAVED_NOT_WARNED: none */
    const char *warned_machine; /* on which the foreign identity was warned of; NULL: none */
};

/* Reads a document that format_understand has accepted. Borrows from it. */
void saved_read(struct saved *ret, json_object *document);
