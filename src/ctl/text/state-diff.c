#include "ctl/text/state-diff.h"

#include "common/json.h"
#include "ctl/text/output.h"
#include "ctl/text/settings-text.h"
#include "ctl/text/time-text.h"

#include <inttypes.h>

enum {
    VALUE_MAX = 1200,
    ENTRY_MAX = 180, /* of one user's staged settings */
};

static const char *null_if_empty(const char *text)
{
    return text && *text ? text : NULL;
}

static const char *format_feature(const struct tr_status *status, char *out)
{
    (void)out;
    return status->enabled ? "enabled" : "disabled";
}

static const char *format_server(const struct tr_status *status, char *out)
{
    (void)out;
    return status->server->label;
}

static const char *format_revision(const struct tr_status *status, char *out)
{
    snprintf(out, VALUE_MAX, "%" PRId64, status->revision);
    return out;
}

static const char *format_staged(const struct tr_status *status, char *out)
{
    size_t used = 0;

    *out = 0;
    for (size_t i = 0; i < status->n_staged && used < VALUE_MAX - ENTRY_MAX; i++) {
        const struct tr_candidate *candidate = status->staged[i];

        used += (size_t)snprintf(out + used, VALUE_MAX - used, "%s%s by %.40s", i ? "; " : "",
            settings_text(candidate->has_enabled, candidate->enabled, candidate->server).text,
            candidate->user_name);
    }
    return null_if_empty(out);
}

static const char *format_state(const struct tr_status *status, char *out)
{
    (void)out;
    return tr_state_to_string(status->registration->state);
}

static const char *format_health(const struct tr_status *status, char *out)
{
    enum tr_health value = status->registration->health;

    (void)out;
    return value == TR_HEALTH_NONE ? NULL : tr_health_to_string(value);
}

static const char *format_operation(const struct tr_status *status, char *out)
{
    const struct tr_registration *registration = status->registration;

    if (registration->operation == TR_OPERATION_NONE)
        return NULL;
    snprintf(out, VALUE_MAX, "%s, step %.40s, %s", tr_operation_to_string(registration->operation),
        registration->step ? registration->step : "?", registration->running ? "running" : "waiting");
    return out;
}

static const char *format_failure(const struct tr_status *status, char *out)
{
    const struct tr_failure *last = status->registration->last_failure;

    if (!last)
        return NULL;
    snprintf(out, VALUE_MAX, "%.40s (%s, step %.40s): %.1000s", last->reason,
        tr_operation_to_string(last->operation), last->step, last->message);
    return out;
}

static const char *format_attempts(const struct tr_status *status, char *out)
{
    if (status->registration->attempt == 0)
        return NULL;
    snprintf(out, VALUE_MAX, "%" PRId64 " failed", status->registration->attempt);
    return out;
}

static const char *format_success(const struct tr_status *status, char *out)
{
    if (status->registration->last_success == 0)
        return NULL;
    snprintf(out, VALUE_MAX, "%s", time_text_utc(status->registration->last_success).text);
    return out;
}

static const char *format_device(const struct tr_status *status, char *out)
{
    (void)out;
    return status->registration->guid;
}

static const char *format_tenant(const struct tr_status *status, char *out)
{
    (void)out;
    return status->registration->tenant ? status->registration->tenant->name : NULL;
}

static const char *format_certificate(const struct tr_status *status, char *out)
{
    const struct tr_certificate *current = status->registration->certificate;

    if (!current)
        return NULL;
    snprintf(out, VALUE_MAX, "%.128s, expires %s", current->serial, time_text_utc(current->not_after).text);
    return out;
}

static const char *format_proxy(const struct tr_status *status, char *out)
{
    (void)out;
    return status->proxy;
}

static const char *format_state_fault(const struct tr_status *status, char *out)
{
    (void)out;
    return status->state_fault;
}

static const char *format_config_fault(const struct tr_status *status, char *out)
{
    (void)out;
    return status->config_fault;
}

/* The compared things. The value is NULL if a state has none. */
static const struct {
    const char *name;
    const char *(*value)(const struct tr_status *status, char out[static VALUE_MAX]);
} things[] = {
    { "feature", format_feature },
    { "server", format_server },
    { "revision", format_revision },
    { "staged", format_staged },
    { "state", format_state },
    { "health", format_health },
    { "operation", format_operation },
    { "attempts", format_attempts },
    { "lastFailure", format_failure },
    { "lastSuccess", format_success },
    { "device", format_device },
    { "tenant", format_tenant },
    { "certificate", format_certificate },
    { "proxy", format_proxy },
    { "stateFault", format_state_fault },
    { "configFault", format_config_fault },
};

static void print_json(FILE *stream, int64_t now, const char *name, const char *from, const char *to)
{
    _cleanup_json_ json_object *object = json_object_new_object();

    json_add_int(object, "time", now);
    json_add_string(object, "what", name);
    json_object_object_add(object, "from", from ? json_object_new_string(from) : NULL);
    json_object_object_add(object, "to", to ? json_object_new_string(to) : NULL);
    output_json_object(stream, object);
}

void state_diff_print(
    FILE *stream, bool json, const struct tr_status *old, const struct tr_status *new, int64_t now)
{
    for (size_t i = 0; i < ELEMENTS(things); i++) {
        char old_text[VALUE_MAX], new_text[VALUE_MAX];
        const char *from = old ? things[i].value(old, old_text) : NULL;
        const char *to = things[i].value(new, new_text);

        if (streq0(from, to))
            continue;
        if (json)
            print_json(stream, now, things[i].name, from, to);
        else
            output_line(stream, "%s  %s: %s%s%s", time_text_utc(now).text, things[i].name,
                old ? from ? from : "none" : "", old ? " -> " : "", to ? to : "none");
    }
}
