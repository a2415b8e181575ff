/*
 * What an operator wants to be told: a table of events, each with an id that stays the same for ever, a level, and fields
 * to filter by. Where standard error is the journal's, an event is an entry of the journal with these fields; the catalog
 * (systemd/threatresponse.catalog) explains each id. Elsewhere it is one line of the log.
 */
#pragma once

enum event {
    EVENT_REGISTERED,
    EVENT_DEREGISTERED,
    EVENT_REGISTRATION_FAILED,
    EVENT_RENEWAL_FAILED,
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

struct event_field {
    const char *name;  /* "TR_SERVER"; NULL ends the list */
    const char *value; /* NULL: the event has no such field */
};

/* The name of an event, as TR_EVENT has it; its message id, 32 hexadecimal digits; its level. */
const char *event_name(enum event event);
const char *event_message_id(enum event event);
int event_level(enum event event);

/* Tells an event; the fields end with a NULL name. */
void event_tell(enum event event, const struct event_field *fields, const char *message);
