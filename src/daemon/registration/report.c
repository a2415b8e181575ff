#include "daemon/registration/report.h"

#include "common/log.h"
#include "daemon/core/event.h"
#include "daemon/manager.h"
#include "daemon/registration/identity.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

enum {
    DAY = 86400,
    NOT_WARNED = 1000, /* days, more than any warning */
};

/* Days before the end; a certificate whose renewal is not overdue needs no warning, however short its life. */
static const int warnings[] = { 30, 7, 1 };

static json_object *saved_of(const struct registration *r)
{
    return store_registration(r->manager->store.document);
}

static const char *nonempty(const char *text)
{
    return *text ? text : NULL;
}

void report_subject_read(struct report_subject *subject, const struct registration *r, json_object *saved)
{
    const char *guid = json_get_string(saved, "guid");
    const char *server = json_get_string(json_get_object(saved, "server"), "label");
    const char *tenant = json_get_string(json_get_object(saved, "tenant"), "name");

    *subject = (struct report_subject){ .foreign = identity_is_foreign(r->manager) };
    snprintf(subject->guid, sizeof(subject->guid), "%s", guid ? guid : "");
    snprintf(subject->server, sizeof(subject->server), "%s", server ? server : "");
    snprintf(subject->tenant, sizeof(subject->tenant), "%s", tenant ? tenant : "");
}

void report_requester_read(struct report_subject *subject, json_object *saved)
{
    json_object *user = json_get_object(saved, "requestedBy");

    if (!user)
        return;
    snprintf(subject->user, sizeof(subject->user), "%s", json_get_string(user, "userName"));
    snprintf(subject->uid, sizeof(subject->uid), "%" PRId64, json_get_int(user, "uid", 0));
}

/* An event while the feature is enabled, else a line of the log. */
static void tell(const struct registration *r, enum event event, const struct event_field *fields,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

static void tell(
    const struct registration *r, enum event event, const struct event_field *fields, const char *format, ...)
{
    char message[1024];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    if (settings_enabled(r->manager))
        event_tell(event, fields, message);
    else
        log_full(event_level(event), "%s", message);
}

static enum event event_of_change(const struct report_subject *subject, enum state old, enum state new)
{
    if (old == STATE_REGISTERING && new == STATE_REGISTERED)
        return EVENT_REGISTERED;
    /* What ends on a clone goes on elsewhere; what ends before it was there is a failure or was cancelled. */
    if (new == STATE_UNREGISTERED && old != STATE_REGISTERING && !subject->foreign)
        return EVENT_DEREGISTERED;
    return EVENT_NONE;
}

void report_state(
    const struct registration *r, const struct report_subject *subject, enum state old, enum state new)
{
    enum event event = event_of_change(subject, old, new);
    const struct event_field fields[] = {
        { "TR_STATE", state_names[new] },
        { "TR_GUID", nonempty(subject->guid) },
        { "TR_SERVER", nonempty(subject->server) },
        { "TR_TENANT", nonempty(subject->tenant) },
        { "TR_USER", nonempty(subject->user) },
        { "TR_UID", nonempty(subject->uid) },
        { NULL },
    };

    if (event == EVENT_NONE)
        log_notice("The appliance is %s now (it was %s).", state_names[new], state_names[old]);
    else
        tell(r, event, fields, "The appliance is %s now (it was %s).", state_names[new], state_names[old]);
}

static const char *text_of(json_object *failure, const char *key)
{
    const char *text = json_get_string(failure, key);

    return text ? text : "";
}

static void log_failure(int level, json_object *failure)
{
    log_full(level, "%s, step %s: %s: %s", text_of(failure, "operation"), text_of(failure, "step"),
        text_of(failure, "reason"), text_of(failure, "message"));
}

void report_failure(struct registration *r, int level, json_object *failure)
{
    enum operation operation = r->operation;
    enum event event = operation == OPERATION_REGISTER ? EVENT_REGISTRATION_FAILED
                       : operation == OPERATION_RENEW  ? EVENT_RENEWAL_FAILED
                                                       : EVENT_NONE;
    uint64_t bit = UINT64_C(1) << reason_from_string(json_get_string(failure, "reason"));
    struct report_subject subject;
    char attempt[16];

    if (event == EVENT_NONE || (r->attempts[operation].reported & bit)) {
        log_failure(level, failure);
        return;
    }
    r->attempts[operation].reported |= bit;
    report_subject_read(&subject, r, saved_of(r));
    if (event == EVENT_REGISTRATION_FAILED)
        report_requester_read(&subject, saved_of(r));
    snprintf(attempt, sizeof(attempt), "%u", r->attempts[operation].failures + 1);
    const struct event_field fields[] = {
        { "TR_OPERATION", operation_names[operation] },
        { "TR_STEP", json_get_string(failure, "step") },
        { "TR_REASON", json_get_string(failure, "reason") },
        { "TR_REMEDY", json_get_string(failure, "remedy") },
        { "TR_PERMANENT", json_get_bool(failure, "permanent", false) ? "yes" : "no" },
        { "TR_ATTEMPT", attempt },
        { "TR_REQUEST_ID", json_get_string(failure, "requestId") },
        { "TR_GUID", nonempty(subject.guid) },
        { "TR_SERVER", nonempty(subject.server) },
        { "TR_USER", nonempty(subject.user) },
        { "TR_UID", nonempty(subject.uid) },
        { NULL },
    };
    tell(r, event, fields, "%s, step %s: %s: %s", operation_names[operation], text_of(failure, "step"),
        text_of(failure, "reason"), text_of(failure, "message"));
}

void report_hindrance(json_object *failure)
{
    log_failure(LOG_WARNING, failure);
}

void report_removal(const struct registration *r)
{
    struct report_subject subject;

    report_subject_read(&subject, r, saved_of(r));
    const struct event_field fields[] = {
        { "TR_GUID", nonempty(subject.guid) },
        { "TR_SERVER", nonempty(subject.server) },
        { "TR_TENANT", nonempty(subject.tenant) },
        { NULL },
    };
    tell(r, EVENT_REMOVED_IN_PORTAL, fields,
        "The appliance was removed in the Cisco Threat Response portal; nothing is sent to the cloud until "
        "an "
        "administrator decides.");
}

/* Remembers what was told; that it can't be saved is told by the store. */
static void remember(struct registration *r, const char *key, json_object *value)
{
    json_object *document = store_begin(&r->manager->store);

    if (!document) {
        json_object_put(value);
        return;
    }
    store_set(store_registration(document), key, value);
    (void)store_commit(&r->manager->store, document);
    manager_changed(r->manager);
}

static void warn_of_foreign_identity(struct registration *r)
{
    const char *machine = r->manager->machine_id;
    struct report_subject subject;

    if (r->warned_foreign || streq0(json_get_string(saved_of(r), "warnedMachine"), machine))
        return;
    r->warned_foreign = true;
    report_subject_read(&subject, r, saved_of(r));
    const struct event_field fields[] = {
        { "TR_GUID", nonempty(subject.guid) },
        { "TR_SERVER", nonempty(subject.server) },
        { "TR_STATE", state_names[registration_state(r)] },
        { NULL },
    };
    tell(r, EVENT_IDENTITY_CHANGED, fields,
        "The state belongs to another machine; nothing is sent to the cloud until an administrator decides.");
    remember(r, "warnedMachine", json_object_new_string(machine));
}

static int64_t end_of(json_object *saved)
{
    return json_get_int(json_get_object(saved, "certificateInfo"), "notAfter", INT64_MAX);
}

/* When the warning so many days before the end is due. */
static int64_t due_of(json_object *saved, int days)
{
    int64_t end = end_of(saved), overdue = registration_overdue(saved);

    if (end == INT64_MAX)
        return end;
    return end - (int64_t)days * DAY > overdue ? end - (int64_t)days * DAY : overdue;
}

int64_t report_next_warning(json_object *saved, int64_t now)
{
    int64_t next = INT64_MAX;

    for (size_t i = 0; i < ELEMENTS(warnings); i++) {
        int64_t due = due_of(saved, warnings[i]);
        if (due > now && due < next)
            next = due;
    }
    return next;
}

/* The most urgent warning that is due: its days, 0 at the end, NOT_WARNED if none is. */
static int warning_due(json_object *saved, int64_t now)
{
    int days = NOT_WARNED;

    if (now > end_of(saved))
        return 0;
    for (size_t i = 0; i < ELEMENTS(warnings); i++)
        if (now >= due_of(saved, warnings[i]))
            days = warnings[i];
    return days;
}

static void tell_expiry(const struct registration *r, int days, int64_t left)
{
    json_object *saved = saved_of(r), *info = json_get_object(saved, "certificateInfo");
    char day_text[16], end_text[32];
    struct report_subject subject;

    report_subject_read(&subject, r, saved);
    snprintf(day_text, sizeof(day_text), "%d", days);
    snprintf(end_text, sizeof(end_text), "%" PRId64, end_of(saved));
    const struct event_field fields[] = {
        { "TR_DAYS", day_text },
        { "TR_NOT_AFTER", end_text },
        { "TR_SERIAL", json_get_string(info, "serial") },
        { "TR_GUID", nonempty(subject.guid) },
        { "TR_SERVER", nonempty(subject.server) },
        { "TR_REASON", json_get_string(r->last_failure, "reason") },
        { NULL },
    };
    if (days == 0)
        tell(r, EVENT_CERTIFICATE_EXPIRED, fields, "The appliance's certificate has expired.");
    else
        tell(r, EVENT_CERTIFICATE_EXPIRES, fields,
            "The appliance's certificate expires in %" PRId64 " %s, and its renewal is overdue.",
            left >= 2 * DAY ? left / DAY : (left + 3599) / 3600, left >= 2 * DAY ? "days" : "hours");
}

static void warn_of_expiry(struct registration *r)
{
    json_object *saved = saved_of(r);
    const char *serial = json_get_string(json_get_object(saved, "certificateInfo"), "serial");
    int64_t now = (int64_t)time(NULL);
    int days = warning_due(saved, now), told = (int)json_get_int(saved, "warnedDays", NOT_WARNED);

    /* What could not be saved was told all the same. */
    if (streq0(serial, nonempty(r->warned_serial)))
        told = r->warned_days;
    if (days == told)
        return;
    /* A clock that was set back makes the later warnings due again. */
    if (days < told)
        tell_expiry(r, days, end_of(saved) - now);
    r->warned_days = days;
    snprintf(r->warned_serial, sizeof(r->warned_serial), "%s", serial ? serial : "");
    remember(r, "warnedDays", days == NOT_WARNED ? NULL : json_object_new_int(days));
}

void report_warnings(struct registration *r)
{
    if (!settings_enabled(r->manager))
        return;
    if (identity_is_foreign(r->manager))
        warn_of_foreign_identity(r);
    else if (registration_state(r) == STATE_REGISTERED && !json_get_bool(saved_of(r), "removed", false))
        warn_of_expiry(r);
}
