/*
 * What the daemon tells of the registration by itself: changes of the state, failures, and what will need a person soon.
 * An event is told once: a failure once for each reason until the operation succeeds, a warning once for a certificate or
 * a machine, also over restarts. While the feature is disabled nothing is an event: alarms about something that is switched
 * off help nobody.
 */
#pragma once

#include "daemon/registration/registration.h"

/* Who it is about; copied, since what ends an identity also erases it. */
struct report_subject {
    char guid[40], server[128], tenant[260]; /* empty: not known */
    char user[128], uid[24];                 /* who asked for the registration or deregistration */
    bool foreign;                            /* the identity is another machine's */
};

/* Reads the subject of the registration part of a document, without who asked. */
void report_subject_read(
    struct report_subject *subject, const struct registration *registration, json_object *saved);

/* Reads who asked, which another document may tell than the one that has the subject. */
void report_requester_read(struct report_subject *subject, json_object *saved);

/* The state has changed. */
void report_state(const struct registration *registration, const struct report_subject *subject,
    enum state old, enum state new);

/* An operation has failed for good, or an attempt at it; it is an event unless it was told already. */
void report_failure(struct registration *registration, int level, json_object *failure);

/* A failure that the operation went on from: a line of the log. */
void report_hindrance(json_object *failure);

/* It was proved that the appliance was removed in the portal. */
void report_removal(const struct registration *registration);

/* Tells what is due: a foreign identity, a certificate that expires. Saves that it was told: no copy of the state may be
 * pending. */
void report_warnings(struct registration *registration);

/* When the next warning of a certificate is due, seconds since 1970; INT64_MAX: never. */
int64_t report_next_warning(json_object *saved, int64_t now);
