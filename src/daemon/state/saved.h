/*
 * What the state says, in C: the one place that reads the members of a document. The store fills its struct saved anew
 * with each commit. Texts and objects are borrowed from the document, so they last until the next commit; a member that
 * the document lacks has the value that stands beside it here.
 */
#pragma once

#include "common/json.h"
#include "daemon/state/names.h"

#define SAVED_NEVER INT64_MAX /* seconds since 1970 */

enum {
    SAVED_NOT_WARNED = 1000, /* days before the end of a certificate: more than any warning */
};

struct saved {
    const char *machine_id; /* of the machine that the identity is bound to; NULL: to none */
    bool ever_registered;

    /* The committed settings. */
    bool enabled_is_set, enabled;
    const char *server_label; /* of the region that was chosen; NULL: none was */
    int64_t revision;         /* of the last commit; 0: there is none */

    /* The registration. */
    enum state state;
    int64_t since;                          /* when the state was entered */
    const char *steps[OPERATION_MAX_];      /* the next step of an operation; NULL: the first one */
    const char *guid;                       /* NULL: none was made */
    const char *region_label, *region_fqdn; /* NULL: with no region */
    const char *token;                      /* NULL: none waits for its activation */
    json_object *enrollment;                /* the enrolment credential; NULL: none */
    const char *est_url, *key_type;         /* as the cloud demanded; NULL: as configured */
    const char *trust_anchors;              /* PEM; NULL: none */
    json_object *tenant;                    /* type Tenant; NULL: not known */
    const char *tenant_name;                /* NULL: not known */
    int64_t refresh_interval;               /* seconds; SAVED_REFRESH_DEFAULT if the server named none */
    bool removed;                           /* in the portal */
    int64_t last_success;                   /* 0: none */
    json_object *last_failure;              /* type Failure; NULL: none */
    json_object *requested_by;              /* who asked for the newest change; NULL: not known */
    const char *requester;                  /* the name in it; NULL: not known */
    int64_t requester_uid;                  /* the uid in it, or 0 */

    /* The certificate in use, and the new one of a renewal. */
    struct saved_pair {
        const char *private_key, *certificate, *chain; /* PEM; NULL: none */
        json_object *info;                             /* type CertificateInfo; NULL: none */
    } pair, new_pair;
    const char *serial;         /* of the certificate in use; NULL: none */
    int64_t not_after;          /* its end; SAVED_NEVER without one */
    int64_t next_renewal;       /* SAVED_NEVER: none is planned */
    int warned_days;            /* the last warning of its end; SAVED_NOT_WARNED: none */
    const char *warned_machine; /* the foreign machine that was warned of; NULL: none */
};

enum {
    SAVED_REFRESH_DEFAULT = 1200, /* seconds */
};

/* Reads a document whose form format_understand has checked. */
void saved_read(struct saved *ret, json_object *document);
