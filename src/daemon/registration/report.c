#include "daemon/registration/report.h"

#include "common/log.h"
#include "daemon/core/event.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

static void copy_text(char *out, size_t size, const char *text)
{
    snprintf(out, size, "%s", text ? text : "");
}

void report_subject_read(struct report_subject *subject, const struct core *core, const struct saved *saved)
{
    *subject = (struct report_subject){ .foreign = core_identity_is_foreign(core) };
    copy_text(subject->guid, sizeof(subject->guid), saved->guid);
    copy_text(subject->region, sizeof(subject->region), saved->region_label);
    copy_text(subject->tenant, sizeof(subject->tenant), saved->tenant_name);
}

void report_requester_read(struct report_subject *subject, const struct saved *saved)
{
    if (!saved->requested_by)
        return;
    copy_text(subject->user, sizeof(subject->user), saved->requester);
    snprintf(subject->uid, sizeof(subject->uid), "%" PRId64, saved->requester_uid);
}

void report_event(
    const struct core *core, enum event event, const struct event_field *fields, const char *format, ...)
{
    char message[1024];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    if (core_is_enabled(core))
        event_send(event, fields, message);
    else
        log_full(event_kinds[event].level, "%s", message);
}

static enum event choose_event(const struct report_subject *subject, enum state old, enum state new)
{
    if (old == STATE_REGISTERING && new == STATE_REGISTERED)
        return EVENT_REGISTERED;
    /* An identity that is dropped on a clone goes on elsewhere; a registration that ends early has failed or was
     * cancelled. */
    if (new == STATE_UNREGISTERED && old != STATE_REGISTERING && !subject->foreign)
        return EVENT_DEREGISTERED;
    return EVENT_NONE;
}

void report_state(
    const struct core *core, const struct report_subject *subject, enum state old, enum state new)
{
    enum event event = choose_event(subject, old, new);
    const struct event_field fields[] = {
        { "TR_STATE", state_names[new] },
        { "TR_GUID", report_nonempty(subject->guid) },
        { "TR_SERVER", report_nonempty(subject->region) },
        { "TR_TENANT", report_nonempty(subject->tenant) },
        { "TR_USER", report_nonempty(subject->user) },
        { "TR_UID", report_nonempty(subject->uid) },
        { NULL },
    };

    if (event == EVENT_NONE)
        log_notice("The appliance is %s now (it was %s).", state_names[new], state_names[old]);
    else
        report_event(
            core, event, fields, "The appliance is %s now (it was %s).", state_names[new], state_names[old]);
}

static void log_failure(int level, json_object *failure)
{
    log_full(level, "%s, step %s: %s: %s", json_get_text(failure, "operation"),
        json_get_text(failure, "step"), json_get_text(failure, "reason"), json_get_text(failure, "message"));
}

void report_failure(struct registration *r, int level, json_object *failure)
{
    enum operation operation = r->operation;
    struct attempts *attempts = &r->attempts[operation];
    enum event event = operation == OPERATION_REGISTER ? EVENT_REGISTRATION_FAILED
                       : operation == OPERATION_RENEW  ? EVENT_RENEWAL_FAILED
                                                       : EVENT_NONE;
    struct report_subject subject;
    char attempt[16];

    if (event == EVENT_NONE ||
        !attempts_mark_reported(attempts, reason_from_string(json_get_string(failure, "reason")))) {
        log_failure(level, failure);
        return;
    }
    report_subject_read(&subject, r->core, registration_saved(r));
    if (event == EVENT_REGISTRATION_FAILED)
        report_requester_read(&subject, registration_saved(r));
    snprintf(attempt, sizeof(attempt), "%u", attempts->failures + 1);
    const struct event_field fields[] = {
        { "TR_OPERATION", operation_names[operation] },
        { "TR_STEP", json_get_string(failure, "step") },
        { "TR_REASON", json_get_string(failure, "reason") },
        { "TR_REMEDY", json_get_string(failure, "remedy") },
        { "TR_PERMANENT", json_get_bool(failure, "permanent", false) ? "yes" : "no" },
        { "TR_ATTEMPT", attempt },
        { "TR_REQUEST_ID", json_get_string(failure, "requestId") },
        { "TR_GUID", report_nonempty(subject.guid) },
        { "TR_SERVER", report_nonempty(subject.region) },
        { "TR_USER", report_nonempty(subject.user) },
        { "TR_UID", report_nonempty(subject.uid) },
        { NULL },
    };
    report_event(r->core, event, fields, "%s, step %s: %s: %s", operation_names[operation],
        json_get_text(failure, "step"), json_get_text(failure, "reason"), json_get_text(failure, "message"));
}

void report_skipped_failure(json_object *failure)
{
    log_failure(LOG_WARNING, failure);
}

void report_removal(const struct core *core)
{
    struct report_subject subject;

    report_subject_read(&subject, core, &core->store.saved);
    const struct event_field fields[] = {
        { "TR_GUID", report_nonempty(subject.guid) },
        { "TR_SERVER", report_nonempty(subject.region) },
        { "TR_TENANT", report_nonempty(subject.tenant) },
        { NULL },
    };
    report_event(core, EVENT_REMOVED_IN_PORTAL, fields,
        "The appliance was removed in the Cisco Threat Response portal; nothing is sent to the cloud until "
        "an administrator decides.");
}

void report_capped(const struct core *core)
{
    const struct saved *saved = &core->store.saved;
    time_t end = (time_t)saved->not_after;
    struct report_subject subject;
    char end_text[32], date[32] = "(no date)";
    struct tm tm;

    report_subject_read(&subject, core, saved);
    snprintf(end_text, sizeof(end_text), "%" PRId64, saved->not_after);
    if (gmtime_r(&end, &tm))
        strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S UTC", &tm);
    const struct event_field fields[] = {
        { "TR_NOT_AFTER", end_text },
        { "TR_SERIAL", saved->serial },
        { "TR_GUID", report_nonempty(subject.guid) },
        { "TR_SERVER", report_nonempty(subject.region) },
        { NULL },
    };
    report_event(core, EVENT_CERTIFICATE_CAPPED, fields,
        "The new certificate ends no later than the one before, at %s: the certificate authority gives none "
        "that "
        "is valid for longer.",
        date);
}
