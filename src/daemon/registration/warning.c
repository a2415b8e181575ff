#include "daemon/registration/warning.h"

#include "common/count-text.h"
#include "daemon/registration/expiry.h"
#include "daemon/registration/report.h"
#include "daemon/state/document.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

/* Saves that a warning was given. The store reports a failure. */
static void save_warned(struct registration *r, const char *member, json_object *value)
{
    json_object *document = store_begin(&r->core->store);

    if (!document) {
        json_object_put(value);
        return;
    }
    document_set(document_registration(document), member, value);
    (void)store_commit(&r->core->store, document);
    core_changed(r->core);
}

static void warn_of_foreign_identity(struct registration *r)
{
    const char *machine = r->core->machine_id;
    struct report_subject subject;

    if (r->warned.foreign || streq0(registration_saved(r)->warned_machine, machine))
        return;
    r->warned.foreign = true;
    report_subject_read(&subject, r->core, registration_saved(r));
    const struct event_field fields[] = {
        { "TR_GUID", report_nonempty(subject.guid) },
        { "TR_SERVER", report_nonempty(subject.region) },
        { "TR_STATE", state_names[registration_saved(r)->state] },
        { NULL },
    };
    report_event(r->core, EVENT_IDENTITY_CHANGED, fields,
        "The state belongs to another machine; nothing is sent to the cloud until an administrator decides.");
    save_warned(r, "warnedMachine", json_object_new_string(machine));
}

static void report_expiry(const struct registration *r, int days, int64_t left)
{
    const struct saved *saved = registration_saved(r);
    char day_text[16], end_text[32];
    struct report_subject subject;

    report_subject_read(&subject, r->core, saved);
    snprintf(day_text, sizeof(day_text), "%d", days);
    snprintf(end_text, sizeof(end_text), "%" PRId64, saved->not_after);
    const struct event_field fields[] = {
        { "TR_DAYS", day_text },
        { "TR_NOT_AFTER", end_text },
        { "TR_SERIAL", saved->serial },
        { "TR_GUID", report_nonempty(subject.guid) },
        { "TR_SERVER", report_nonempty(subject.region) },
        { "TR_REASON", json_get_string(r->last_failure, "reason") },
        { NULL },
    };
    if (days == 0)
        report_event(r->core, EVENT_CERTIFICATE_EXPIRED, fields, "The appliance's certificate has expired.");
    else
        report_event(r->core, EVENT_CERTIFICATE_EXPIRES, fields,
            "The appliance's certificate expires in %s, and its renewal is overdue.",
            left >= 2 * SEC_PER_DAY ? count_text(left / SEC_PER_DAY, "day").text
                                    : count_text((left + 3599) / 3600, "hour").text);
}

static void warn_of_expiry(struct registration *r)
{
    const struct saved *saved = registration_saved(r);
    const char *serial = saved->serial ? saved->serial : "";
    int64_t now = (int64_t)time(NULL);
    int days = expiry_due_warning(saved, now), warned = saved->warned_days;

    /* A warning that could not be saved was given all the same. */
    if (*serial && streq(serial, r->warned.serial))
        warned = r->warned.days;
    if (days == warned)
        return;
    /* After a clock was set back, the later warnings become due again. */
    if (days < warned)
        report_expiry(r, days, saved->not_after - now);
    r->warned.days = days;
    snprintf(r->warned.serial, sizeof(r->warned.serial), "%s", serial);
    save_warned(r, "warnedDays", days == SAVED_NOT_WARNED ? NULL : json_object_new_int(days));
}

void warning_report_due(struct registration *r)
{
    const struct saved *saved = registration_saved(r);

    if (!core_is_enabled(r->core))
        return;
    if (core_identity_is_foreign(r->core))
        warn_of_foreign_identity(r);
    else if (saved->state == STATE_REGISTERED && !saved->removed)
        warn_of_expiry(r);
}
