/*
 * Reports of the registration to the journal and the log: changes of its state, failed attempts, a removal in the
 * portal. A failure is an event once for each reason until the operation succeeds. While the feature is disabled, all
 * are lines of the log instead of events: nobody needs an alarm about a feature that is switched off.
 */
#pragma once

#include "daemon/core/event.h"
#include "daemon/registration/registration.h"

/* The appliance that an event is about. It is a copy: the end of an identity erases the original. */
struct report_subject {
    char guid[40], region[128], tenant[260]; /* empty: unknown */
    char user[128], uid[24];                 /* who asked for the registration or deregistration */
    bool foreign;                            /* the identity is another machine's */
};

/* Fills the subject but for the requester. */
void report_subject_read(struct report_subject *subject, const struct core *core, const struct saved *saved);

/* Fills the requester, which may come from another document than the rest of the subject. */
void report_requester_read(struct report_subject *subject, const struct saved *saved);

/* Returns the text of a field, or NULL if it is empty: the event leaves the field out. */
static inline const char *report_nonempty(const char *text)
{
    return *text ? text : NULL;
}

/* Sends an event; writes a line of the log while the feature is disabled. */
void report_event(const struct core *core, enum event event, const struct event_field *fields,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Reports a change of the state. */
void report_state(
    const struct core *core, const struct report_subject *subject, enum state old, enum state new);

/* Reports a failure of the running operation. level is for the log; an event has its own. */
void report_failure(struct registration *registration, int level, json_object *failure);

/* Logs a failure that does not end the operation. */
void report_skipped_failure(json_object *failure);

/* Reports that a renewed certificate ends no later than the one before: the CA issues none that is valid for
 * longer. */
void report_capped(const struct core *core);

/* Reports that the appliance was removed in the portal. */
void report_removal(const struct core *core);
