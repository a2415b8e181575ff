#include "daemon/registration/sequence.h"

#include "common/clock.h"
#include "common/random.h"
#include "daemon/registration/expiry.h"

/* Returns the time between two refreshes in microseconds: as configured, else as the server says. */
static uint64_t refresh_interval(const struct registration *r)
{
    uint64_t configured = r->core->config->refresh_interval;

    return configured ? configured : (uint64_t)registration_saved(r)->refresh_interval * USEC_PER_SEC;
}

void sequence_plan_refresh(struct registration *r)
{
    attempts_plan(&r->attempts[OPERATION_REFRESH],
        retry_jitter(refresh_interval(r), r->core->config->refresh_jitter, random_value()));
}

void sequence_plan_retry(struct registration *r, enum operation operation, int64_t retry_after)
{
    const struct config *config = r->core->config;
    /* An administrator waits for a registration or a deregistration. */
    bool prompt = operation == OPERATION_REGISTER || operation == OPERATION_DEREGISTER;
    const struct retry_policy policy = { config->backoff_initial, config->backoff_cap, prompt };

    attempts_plan_retry(&r->attempts[operation], &policy, (unsigned)config->attempts_per_hour, retry_after);
}

void sequence_clear(struct registration *r)
{
    registration_end_operation(r);
    for (enum operation i = 0; i < OPERATION_MAX_; i++)
        attempts_forget(&r->attempts[i]);
    r->removal_seen = 0;
}

enum operation sequence_next(const struct registration *r)
{
    enum operation next = OPERATION_NONE;

    if (registration_is_running(r))
        return r->operation;
    for (enum operation i = 0; i < OPERATION_MAX_; i++)
        if (attempts_are_planned(&r->attempts[i]) &&
            (next == OPERATION_NONE || r->attempts[i].due < r->attempts[next].due))
            next = i;
    return next;
}

void sequence_retry_now(struct registration *r)
{
    for (enum operation i = 0; i < OPERATION_MAX_; i++)
        attempts_retry_now(&r->attempts[i], (unsigned)r->core->config->attempts_per_hour);
    sequence_arm(r);
}

static void plan_unless_planned(struct registration *r, enum operation operation)
{
    if (!attempts_are_planned(&r->attempts[operation]))
        attempts_plan(&r->attempts[operation], 0);
}

/* Plans the next refresh of a registered appliance. plan_renewal plans the renewal. */
static void plan_registered(struct registration *r)
{
    uint64_t interval = refresh_interval(r);
    int64_t now = (int64_t)time(NULL);

    if (registration_saved(r)->removed) {
        sequence_clear(r);
        return;
    }
    if (attempts_are_planned(&r->attempts[OPERATION_REFRESH]))
        return;
    /* After a long silence the refresh comes soon, but not for all appliances of a site at once. */
    if (r->last_success > now || (uint64_t)(now - r->last_success) >= interval / USEC_PER_SEC)
        attempts_plan(&r->attempts[OPERATION_REFRESH], retry_jitter(interval / 40, 1, random_value()));
    else
        sequence_plan_refresh(r);
}

void sequence_replan(struct registration *r)
{
    if (!registration_may_use_cloud(r))
        sequence_clear(r);
    else
        switch (registration_saved(r)->state) {
        case STATE_UNREGISTERED:
            break;
        case STATE_REGISTERING:
            plan_unless_planned(r, OPERATION_REGISTER);
            break;
        case STATE_DEREGISTERING:
            plan_unless_planned(r, OPERATION_DEREGISTER);
            break;
        case STATE_REGISTERED:
            plan_registered(r);
            break;
        }
    sequence_arm(r);
}

/* Sets the calendar to the next date: of the renewal, of its being overdue, of a warning, or of the end of the
 * certificate. */
static void arm_calendar(struct registration *r)
{
    const struct saved *saved = registration_saved(r);
    int64_t now = (int64_t)time(NULL), next = SAVED_NEVER;
    const int64_t times[] = {
        saved->next_renewal,
        expiry_overdue(saved),
        expiry_next_warning(saved, now),
        saved->not_after < SAVED_NEVER ? saved->not_after + 1 : SAVED_NEVER,
    };

    for (size_t i = 0; i < ELEMENTS(times); i++)
        if (times[i] > now && times[i] < next)
            next = times[i];

    bool wanted = saved->state == STATE_REGISTERED && next != SAVED_NEVER;
    if (wanted)
        sd_event_source_set_time(r->calendar, (uint64_t)next * USEC_PER_SEC);
    sd_event_source_set_enabled(r->calendar, wanted ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
}

/* Plans a renewal whose time has come or that began before a restart. Each call of sequence_arm does so, not only the
 * calendar: another event of the same moment may come first and set the calendar to a later date. */
static void plan_renewal(struct registration *r)
{
    const struct saved *saved = registration_saved(r);
    bool due = saved->steps[OPERATION_RENEW] || saved->next_renewal <= (int64_t)time(NULL);

    if (due && saved->state == STATE_REGISTERED && registration_may_use_cloud(r) && !saved->removed)
        plan_unless_planned(r, OPERATION_RENEW);
}

void sequence_arm(struct registration *r)
{
    plan_renewal(r);
    arm_calendar(r);

    enum operation next = sequence_next(r);
    bool wanted = !registration_is_running(r) && next != OPERATION_NONE && registration_may_use_cloud(r);
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
    if (!registration_is_running(r) && next != OPERATION_NONE && attempts_are_due(&r->attempts[next]))
        r->start_operation(r, next);
    else
        sequence_arm(r);
    return 0;
}

static int on_calendar(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct registration *r = userdata;

    (void)source;
    (void)usec;
    sequence_replan(r);
    core_changed(r->core);
    return 0;
}

int sequence_start(struct registration *r)
{
    sd_event *event = r->core->event;

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
    registration_end_operation(r);
    r->timer = sd_event_source_disable_unref(r->timer);
    r->calendar = sd_event_source_disable_unref(r->calendar);
}
