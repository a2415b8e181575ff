#include "daemon/core/event.h"

#include "common/log.h"
#include "common/memory.h"

#include <stdio.h>
#include <sys/uio.h>

/* The place in this file where an event is sent says nothing: no CODE_FILE, CODE_LINE and CODE_FUNC. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

enum {
    FIELD_SIZE_MAX = 1400,
    OWN_FIELDS = 5,
};

const struct event_kind event_kinds[EVENT_MAX_] = {
    [EVENT_REGISTERED] = { "registered", "5924e438287b4c93b398b1e02c715410", LOG_NOTICE },
    [EVENT_DEREGISTERED] = { "deregistered", "537f66e3f1af446f91af84d24ecf8316", LOG_NOTICE },
    [EVENT_REGISTRATION_FAILED] = { "registration_failed", "cdbbebfc59014986b7ac7e459e3be154", LOG_ERR },
    [EVENT_RENEWAL_FAILED] = { "renewal_failed", "6ee53dfce3634803944e041ee3c9203f", LOG_WARNING },
    [EVENT_CERTIFICATE_CAPPED] = { "certificate_capped", "3c1c8f0b7e4f4d2f9d62a5b0c8e714f6", LOG_WARNING },
    [EVENT_CERTIFICATE_EXPIRES] = { "certificate_expires", "bb41fd19981b4f6aa61b4fd8ab185ba6", LOG_WARNING },
    [EVENT_CERTIFICATE_EXPIRED] = { "certificate_expired", "9e236463b9664a858d883564a3656e7a", LOG_ERR },
    [EVENT_REMOVED_IN_PORTAL] = { "removed_in_portal", "d5396e0c0307491ba4afb4179f8acbe6", LOG_ERR },
    [EVENT_IDENTITY_CHANGED] = { "identity_changed", "62b324dee0234cd594d01e660df51aad", LOG_ERR },
    [EVENT_SETTINGS_COMMITTED] = { "settings_committed", "63eafe2bed4b4a67b51a620bf43d0892", LOG_NOTICE },
};

struct entry {
    char texts[OWN_FIELDS + EVENT_FIELDS_MAX][FIELD_SIZE_MAX];
    struct iovec fields[OWN_FIELDS + EVENT_FIELDS_MAX];
    int n;
};

/* Adds a field. Escapes control characters and bytes that are not UTF-8, as in every line of the log. */
static void add_field(struct entry *entry, const char *name, const char *value)
{
    char *text = entry->texts[entry->n];
    int n = snprintf(text, FIELD_SIZE_MAX, "%s=", name);

    escape_text(value, text + n, FIELD_SIZE_MAX - (size_t)n);
    entry->fields[entry->n++] = (struct iovec){ text, strlen(text) };
}

static int send_to_journal(enum event event, const struct event_field *fields, const char *message)
{
    struct entry entry = { .n = 0 };
    const struct event_kind *kind = &event_kinds[event];
    const char priority[] = { (char)('0' + kind->level), 0 };

    add_field(&entry, "MESSAGE", message);
    add_field(&entry, "MESSAGE_ID", kind->id);
    add_field(&entry, "PRIORITY", priority);
    add_field(&entry, "SYSLOG_IDENTIFIER", "threatresponsed");
    add_field(&entry, "TR_EVENT", kind->name);
    for (; fields->name && entry.n < OWN_FIELDS + EVENT_FIELDS_MAX; fields++)
        if (fields->value)
            add_field(&entry, fields->name, fields->value);
    return sd_journal_sendv(entry.fields, entry.n);
}

void event_send(enum event event, const struct event_field *fields, const char *message)
{
    if (!log_is_journal() || send_to_journal(event, fields, message) < 0)
        log_full(event_kinds[event].level, "%s", message);
}
