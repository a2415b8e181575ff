#include "daemon/registration/sequence.h"

#include "common/clock.h"
#include "common/random.h"
#include "daemon/core/retry.h"
#include "daemon/manager.h"
#include "daemon/registration/operation.h"
#include "daemon/registration/report.h"

enum {
    REFRESH_INTERVAL_DEFAULT = 1200,
};

static json_object *saved(const struct registration *r)
{
    return store_registration(r->manager->store.document);
}

void sequence_plan(struct registration *r, enum operation operation, uint64_t delay)
{
    r->attempts[operation].failures = 0;
    r->attempts[operation].due = clock_usec(CLOCK_BOOTTIME) + delay;
}

uint64_t sequence_refresh_interval(const struct registration *r)
{
    uint64_t interval = r->manager->config->refresh_interval;

    if (interval == 0)
        interval =
            (uint64_t)json_get_int(saved(r), "refreshInterval", REFRESH_INTERVAL_DEFAULT) * USEC_PER_SEC;
    return interval;
}

void sequence_plan_refresh(struct registration *r)
{
    sequence_plan(r, OPERATION_REFRESH,
        retry_jitter(sequence_refresh_interval(r), r->manager->config->refresh_jitter, random_value()));
}

void sequence_forget(struct registration *r, enum operation operation)
{
    r->attempts[operation].failures = 0;
    r->attempts[operation].due = UINT64_MAX;
    r->attempts[operation].reported = 0;
}

void sequence_clear(struct registration *r)
{
    operation_end(r);
    for (enum operation i = 0; i < OPERATION_MAX_; i++)
        sequence_forget(r, i);
    r->removal_seen = 0;
}

enum operation sequence_next(const struct registration *r)
{
    enum operation next = OPERATION_NONE;

    if (r->job)
        return r->operation;
    for (enum operation i = 0; i < OPERATION_MAX_; i++)
        if (r->attempts[i].due != UINT64_MAX &&
            (next == OPERATION_NONE || r->attempts[i].due < r->attempts[next].due))
            next = i;
    return next;
}

void sequence_plan_retry(struct registration *r, enum operation operation, int64_t retry_after)
{
    const struct config *config = r->manager->config;
    const struct retry_policy policy = { config->backoff_initial, config->backoff_cap };
    unsigned failures = r->attempts[operation].failures + 1;

    sequence_plan(r, operation, retry_delay(&policy, failures, retry_after, random_value()));
    r->attempts[operation].failures = failures;
}

void sequence_hasten(struct registration *r)
{
    uint64_t now = clock_usec(CLOCK_BOOTTIME);

    for (enum operation i = 0; i < OPERATION_MAX_; i++)
        if (r->attempts[i].failures > 0 && r->attempts[i].due != UINT64_MAX && r->attempts[i].due > now)
            r->attempts[i].due = now;
}

int64_t sequence_due(const struct registration *r, enum operation operation)
{
    uint64_t due = r->attempts[operation].due, now = clock_usec(CLOCK_BOOTTIME);

    if (due == UINT64_MAX)
        return 0;
    /* Rounded once, at the end: whoever asks twice is told the same. */
    uint64_t time = clock_usec(CLOCK_REALTIME);
    return (int64_t)((time + (due > now ? due - now : 0)) / USEC_PER_SEC);
}

/* The calendar wakes us for the renewal, when it is overdue, for warnings, and when the certificate ends. */
static void arm_calendar(struct registration *r)
{
    int64_t now = (int64_t)time(NULL), next = INT64_MAX;
    const int64_t times[] = {
        json_get_int(saved(r), "nextRenewal", 0),
        registration_overdue(saved(r)),
        report_next_warning(saved(r), now),
        json_get_int(json_get_object(saved(r), "certificateInfo"), "notAfter", 0) + 1,
    };

    for (size_t i = 0; i < ELEMENTS(times); i++)
        if (times[i] > now && times[i] < next)
            next = times[i];

    bool wanted = registration_state(r) == STATE_REGISTERED && next != INT64_MAX;
    if (wanted)
        sd_event_source_set_time(r->calendar, (uint64_t)next * USEC_PER_SEC);
    sd_event_source_set_enabled(r->calendar, wanted ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
}

/* A renewal whose time has come, or that has begun before a restart, is planned wherever that is noticed: the calendar
 * wakes us for it, but another event of the same moment may come first and set the calendar to what follows. */
static void plan_renewal(struct registration *r)
{
    bool due = json_get_string(saved(r), "renewalStep") ||
               json_get_int(saved(r), "nextRenewal", INT64_MAX) <= (int64_t)time(NULL);

    if (due && registration_state(r) == STATE_REGISTERED && registration_may_use_cloud(r) &&
        !json_get_bool(saved(r), "removed", false) && r->attempts[OPERATION_RENEW].due == UINT64_MAX)
        sequence_plan(r, OPERATION_RENEW, 0);
}

void sequence_arm(struct registration *r)
{
    plan_renewal(r);
    arm_calendar(r);

    enum operation next = sequence_next(r);
    bool wanted = !r->job && next != OPERATION_NONE && registration_may_use_cloud(r);
    if (wanted)
        sd_event_source_set_time(r->timer, r->attempts[next].due);
    sd_event_source_set_enabled(r->timer, wanted ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct registration *r = userdata;
    enum operation next = sequence_next(r);

    (void)source;
    (void)usec;
    if (!r->job && next != OPERATION_NONE && r->attempts[next].due <= clock_usec(CLOCK_BOOTTIME))
        operation_start(r, next);
    else
        sequence_arm(r);
    return 0;
}

static int on_calendar(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct registration *r = userdata;

    (void)source;
    (void)usec;
    registration_reconsider(r);
    manager_changed(r->manager);
    return 0;
}

int sequence_start(struct registration *r)
{
    sd_event *event = r->manager->event;

    r->operation = OPERATION_NONE;
    sequence_clear(r);
    int result = sd_event_add_time(event, &r->timer, CLOCK_BOOTTIME, 0, 1000, on_timer, r);
    if (result >= 0)
        result = sd_event_source_set_enabled(r->timer, SD_EVENT_OFF);
    if (result >= 0)
        result = sd_event_add_time(event, &r->calendar, CLOCK_REALTIME, 0, 0, on_calendar, r);
    if (result >= 0)
        result = sd_event_source_set_enabled(r->calendar, SD_EVENT_OFF);
    return result;
}

void sequence_stop(struct registration *r)
{
    operation_end(r);
    r->timer = sd_event_source_disable_unref(r->timer);
    r->calendar = sd_event_source_disable_unref(r->calendar);
}
