/*
 * What the log and the journal say of the registration: changes of its state, failed attempts, a removal in the portal. A
 * failure is an event once for each reason until the operation succeeds. While the feature is disabled nothing is an event,
 * only a line of the log: an alarm about something that is switched off helps nobody.
 */
#pragma once

#include "daemon/core/event.h"
#include "daemon/registration/registration.h"

/* The appliance that an event is about: a copy, since the end of an identity erases it. */
struct report_subject {
    char guid[40], region[128], tenant[260]; /* empty: not known */
    char user[128], uid[24];                 /* who asked for the registration or deregistration */
    bool foreign;                            /* the identity is another machine's */
};

/* Reads the subject, without who asked. */
void report_subject_read(struct report_subject *subject, const struct core *core, const struct saved *saved);

/* Reads who asked, which another document may say than the one that has the subject. */
void report_requester_read(struct report_subject *subject, const struct saved *saved);

/* Returns the text of a field, or NULL if it is empty: the event leaves the field out. */
static inline const char *report_nonempty(const char *text)
{
    return *text ? text : NULL;
}

/* Tells an event, or writes a line of the log while the feature is disabled. */
void report_event(const struct core *core, enum event event, const struct event_field *fields,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Tells a change of the state. */
void report_state(
    const struct core *core, const struct report_subject *subject, enum state old, enum state new);

/* Tells that the running operation, or an attempt at it, has failed. */
void report_failure(struct registration *registration, int level, json_object *failure);

/* Logs a failure after which the operation goes on. */
void report_skipped_failure(json_object *failure);

/* Tells that the removal in the portal was proved. */
void report_removal(const struct core *core);
