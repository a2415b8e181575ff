/*
 * Events: what an operator wants to be told. Each has a message id that never changes, a level, and fields to filter
 * by. Where standard error is the journal's, an event is an entry of the journal, and the catalog
 * (systemd/threatresponse.catalog) explains its id. Elsewhere it is one line of the log.
 */
#pragma once

enum event {
    EVENT_REGISTERED,
    EVENT_DEREGISTERED,
    EVENT_REGISTRATION_FAILED,
    EVENT_RENEWAL_FAILED,
    EVENT_CERTIFICATE_CAPPED,
    EVENT_CERTIFICATE_EXPIRES,
    EVENT_CERTIFICATE_EXPIRED,
    EVENT_REMOVED_IN_PORTAL,
    EVENT_IDENTITY_CHANGED,
    EVENT_SETTINGS_COMMITTED,
    EVENT_MAX_,
    EVENT_NONE = EVENT_MAX_,
};

enum {
    EVENT_FIELDS_MAX = 12,
};

struct event_kind {
    const char *name; /* as in the field TR_EVENT */
    const char *id;   /* the message id: 32 hexadecimal digits */
    int level;        /* of syslog */
};

/* All events, by enum event. */
extern const struct event_kind event_kinds[EVENT_MAX_];

struct event_field {
    const char *name;  /* "TR_SERVER"; NULL ends the list */
    const char *value; /* NULL: the event has no such field */
};

/* Sends an event to the journal or the log. The list of fields ends with a NULL name. */
void event_send(enum event event, const struct event_field *fields, const char *message);
