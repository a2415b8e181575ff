#include "ctl/text/monitor-text.h"

#include "common/count-text.h"
#include "common/memory.h"
#include "ctl/text/time-text.h"

#include <stdarg.h>
#include <stdio.h>

enum {
    DAY = 86400,
    CERTIFICATE_CRITICAL = 7 * DAY, /* seconds before its end, or a quarter of its life if that is less */
    CLOCK_WARNING = 60,             /* seconds */
};

static const char *const level_names[] = { "OK", "WARNING", "CRITICAL", "UNKNOWN" };

/* What is told of the state: findings that make the level, then facts. */
struct line {
    enum monitor_level level;
    char text[1400];
};

static void __attribute__((format(printf, 3, 4)))
add_part(struct line *line, enum monitor_level level, const char *format, ...)
{
    size_t used = strlen(line->text);
    va_list arguments;

    if (level > line->level)
        line->level = level;
    if (used > 0)
        used += (size_t)snprintf(line->text + used, sizeof(line->text) - used, ", ");
    if (used >= sizeof(line->text))
        return;
    va_start(arguments, format);
    vsnprintf(line->text + used, sizeof(line->text) - used, format, arguments);
    va_end(arguments);
}

/* Returns how bad it is that an appliance of this health is as it is. */
static enum monitor_level judge_health(enum tr_health health)
{
    switch (health) {
    case TR_HEALTH_NONE:
    case TR_HEALTH_OK:
    case TR_HEALTH_DISABLED:
        return MONITOR_OK;
    case TR_HEALTH_OTHER:
    case TR_HEALTH_UNREACHABLE:
    case TR_HEALTH_RENEWAL_OVERDUE:
        return MONITOR_WARNING;
    case TR_HEALTH_CERTIFICATE_EXPIRED:
    case TR_HEALTH_REMOVED_IN_PORTAL:
    case TR_HEALTH_IDENTITY_CHANGED:
    case TR_HEALTH_SERVER_UNKNOWN:
    case TR_HEALTH_STATE_LOST:
    case TR_HEALTH_CONFIG_INVALID:
        return MONITOR_CRITICAL;
    }
    return MONITOR_WARNING;
}

/* Returns how bad the state is of an appliance that is to be registered. */
static enum monitor_level judge_state(const struct tr_registration *registration)
{
    switch (registration->state) {
    case TR_STATE_REGISTERED:
        return MONITOR_OK;
    case TR_STATE_REGISTERING:
    case TR_STATE_DEREGISTERING:
        return registration->attempt > 0 ? MONITOR_WARNING : MONITOR_OK;
    case TR_STATE_UNREGISTERED:
    case TR_STATE_OTHER:
        break;
    }
    return MONITOR_WARNING;
}

/* Returns true if the last registration ended for good. */
static bool registration_ended(const struct tr_registration *registration)
{
    const struct tr_failure *failure = registration->last_failure;

    return registration->state == TR_STATE_UNREGISTERED && failure && failure->permanent &&
           failure->operation == TR_OPERATION_REGISTER;
}

static void add_registration(struct line *line, const struct tr_status *status)
{
    const struct tr_registration *registration = status->registration;

    add_part(line, MONITOR_OK, "%s", status->enabled ? "enabled" : "disabled");
    add_part(line, status->enabled ? judge_state(registration) : MONITOR_OK, "%s",
        tr_state_to_string(registration->state));
    if (registration->health != TR_HEALTH_NONE)
        add_part(
            line, judge_health(registration->health), "health %s", tr_health_to_string(registration->health));
    if (!status->enabled && registration->operation != TR_OPERATION_NONE && !registration->running)
        add_part(line, MONITOR_WARNING, "%s waits until the feature is enabled",
            tr_operation_to_string(registration->operation));
    if (registration_ended(registration))
        add_part(line, MONITOR_OK, "registration failed for good: %s", registration->last_failure->reason);
    if (registration->attempt > 0)
        add_part(line, MONITOR_OK, "%s failed%s%s", count_text(registration->attempt, "attempt").text,
            registration->last_failure ? ": " : "",
            registration->last_failure ? registration->last_failure->reason : "");
}

static enum monitor_level judge_certificate(const struct tr_certificate *certificate, int64_t now)
{
    int64_t life = certificate->not_after / 4 - certificate->not_before / 4;
    int64_t limit = life < CERTIFICATE_CRITICAL ? life : CERTIFICATE_CRITICAL;

    return now > certificate->not_after - (limit > 0 ? limit : 0) ? MONITOR_CRITICAL : MONITOR_OK;
}

static void add_certificate(struct line *line, const struct tr_status *status, int64_t now)
{
    const struct tr_certificate *certificate = status->registration->certificate;

    if (!certificate)
        return;
    /* While the feature is disabled nothing renews the certificate, and nobody uses it. */
    enum monitor_level level = status->enabled ? judge_certificate(certificate, now) : MONITOR_OK;
    if (now > certificate->not_after)
        add_part(line, level, "certificate expired");
    else
        add_part(
            line, level, "certificate %s left", count_text((certificate->not_after - now) / DAY, "day").text);
}

static void add_faults(struct line *line, const struct tr_status *status)
{
    const struct tr_registration *registration = status->registration;

    if (status->state_fault)
        add_part(line, MONITOR_CRITICAL, "state fault: %s", status->state_fault);
    if (status->config_fault)
        add_part(line, MONITOR_WARNING, "configuration fault: %s", status->config_fault);
    if (registration->has_clock_offset &&
        (registration->clock_offset > CLOCK_WARNING || registration->clock_offset < -CLOCK_WARNING))
        add_part(line, MONITOR_WARNING, "clock wrong by %s",
            count_text(
                registration->clock_offset < 0 ? -registration->clock_offset : registration->clock_offset,
                "second")
                .text);
}

/* Puts the level before the text. Monitors take what follows a bar for numbers, and only the first line. */
static struct monitor_text finish(const struct line *line)
{
    struct monitor_text out = { .level = line->level };

    snprintf(out.text, sizeof(out.text), "THREATRESPONSE %s - %s", level_names[line->level], line->text);
    for (char *c = out.text; *c; c++)
        if (*c == '|' || *c == '\n')
            *c = ' ';
    return out;
}

struct monitor_text monitor_text_judge(const struct tr_status *status, int64_t now)
{
    const struct tr_registration *registration = status->registration;
    struct line line = { .level = MONITOR_OK };

    add_registration(&line, status);
    add_certificate(&line, status, now);
    if (registration->last_success)
        add_part(
            &line, MONITOR_OK, "last success %s", time_text_relative(registration->last_success, now).text);
    add_faults(&line, status);
    return finish(&line);
}

struct monitor_text monitor_text_unknown(const char *message)
{
    struct line line = { .level = MONITOR_UNKNOWN };

    snprintf(line.text, sizeof(line.text), "%s", message);
    return finish(&line);
}
