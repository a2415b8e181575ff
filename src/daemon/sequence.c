#include "sequence.h"

#include "fields.h"
#include "job.h"
#include "log.h"
#include "manager.h"
#include "retry.h"
#include "steps.h"

#include <errno.h>
#include <stdio.h>
#include <sys/random.h>
#include <time.h>

#define WORKER_INTERFACE "org.threatresponse.worker"

enum {
    REFRESH_INTERVAL_DEFAULT = 1200,
};

static const struct job_callbacks callbacks;
static void run_step(struct registration *r);

static uint64_t boottime(void)
{
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    return (uint64_t)now.tv_sec * USEC_PER_SEC + (uint64_t)now.tv_nsec / 1000;
}

static uint64_t random_value(void)
{
    uint64_t value = 0;

    (void)!getrandom(&value, sizeof(value), GRND_NONBLOCK);
    return value;
}

static json_object *saved(const struct registration *r)
{
    return store_registration(r->manager->store.document);
}

static void end_job(struct registration *r)
{
    r->job = job_free(r->job);
    r->operation = OPERATION_NONE;
    r->step = NULL;
}

void sequence_plan(struct registration *r, enum operation operation, uint64_t delay)
{
    r->attempts[operation].failures = 0;
    r->attempts[operation].due = boottime() + delay;
}

void sequence_plan_refresh(struct registration *r)
{
    const struct config *config = r->manager->config;
    uint64_t interval = config->refresh_interval;

    if (interval == 0)
        interval =
            (uint64_t)json_get_int(saved(r), "refreshInterval", REFRESH_INTERVAL_DEFAULT) * USEC_PER_SEC;
    sequence_plan(r, OPERATION_REFRESH, retry_jitter(interval, config->refresh_jitter, random_value()));
}

void sequence_clear(struct registration *r)
{
    end_job(r);
    for (size_t i = 0; i < OPERATION_MAX_; i++) {
        r->attempts[i].failures = 0;
        r->attempts[i].due = UINT64_MAX;
    }
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

int64_t sequence_due(const struct registration *r, enum operation operation)
{
    uint64_t due = r->attempts[operation].due, now = boottime();

    if (due == UINT64_MAX)
        return 0;
    return (int64_t)time(NULL) + (due > now ? (int64_t)((due - now) / USEC_PER_SEC) : 0);
}

static json_object *make_failure(const struct registration *r, enum reason reason, const char *message)
{
    json_object *failure = json_object_new_object();

    if (!failure)
        return NULL;
    json_add_string(failure, "reason", reason_to_string(reason));
    json_add_string(failure, "message", message);
    json_add_string(failure, "remedy", reason_remedy(reason));
    json_add_bool(failure, "permanent", r->operation == OPERATION_REGISTER && reason_is_permanent(reason));
    json_add_int(failure, "time", (int64_t)time(NULL));
    json_add_string(failure, "operation", operation_names[r->operation]);
    json_add_string(failure, "step", r->step->name);
    return failure;
}

/* The registration can't go on: back to unregistered. The guid stays, the context that was made is found
 * again. */
static int give_up(struct registration *r, json_object *failure)
{
    json_object *document = store_begin(&r->manager->store);

    if (!document)
        return -ENOMEM;
    steps_forget(store_registration(document), false);
    registration_note_failure(r, document, failure);
    return registration_enter(r, document, STATE_UNREGISTERED);
}

/* A single 404 or 410 proves nothing; a second one, some minutes later, does. */
static bool removal_is_proved(struct registration *r)
{
    uint64_t now = boottime(), wait = r->manager->config->removal_confirmation;

    if (r->removal_seen == 0)
        r->removal_seen = now;
    if (now - r->removal_seen < wait)
        return false;

    json_object *document = store_begin(&r->manager->store);
    if (!document)
        return false;
    json_add_bool(store_registration(document), "removed", true);
    return registration_enter(r, document, STATE_REGISTERED) >= 0;
}

/* A step has failed: give up, or plan the next attempt. Takes the failure over. */
static void fail(struct registration *r, enum reason reason, int64_t retry_after, json_object *failure)
{
    const struct config *config = r->manager->config;
    const struct retry_policy policy = { config->backoff_initial, config->backoff_cap };
    enum operation operation = r->operation;
    const char *message = json_get_string(failure, "message");

    log_full(operation == OPERATION_REGISTER && reason_is_permanent(reason) ? LOG_ERR : LOG_WARNING,
        "%s, step %s: %s: %s", operation_names[operation], r->step->name, reason_to_string(reason),
        message ? message : "");
    if (operation != OPERATION_REFRESH || reason != REASON_REMOVED_IN_PORTAL)
        r->removal_seen = 0;

    /* Removal counts only where a refresh has proved it. */
    if (operation == OPERATION_REGISTER && reason_is_permanent(reason) &&
        reason != REASON_REMOVED_IN_PORTAL && give_up(r, failure) >= 0)
        return;

    registration_note_failure(r, NULL, failure);
    unsigned failures = ++r->attempts[operation].failures;
    uint64_t delay = retry_delay(&policy, failures, retry_after, random_value());
    if (reason == REASON_REMOVED_IN_PORTAL && operation == OPERATION_REFRESH) {
        if (removal_is_proved(r))
            return;
        delay = config->removal_confirmation;
    }
    r->attempts[operation].due = boottime() + delay;
    end_job(r);
    sequence_arm(r);
    manager_changed(r->manager);
}

static void fail_locally(struct registration *r, enum reason reason, const char *message)
{
    fail(r, reason, -1, make_failure(r, reason, message));
}

/* Plans what follows an operation that leaves the state as it is. */
static void finish_in_place(struct registration *r)
{
    enum operation operation = r->operation;

    r->last_success = (int64_t)time(NULL);
    end_job(r);
    r->attempts[operation].failures = 0;
    r->attempts[operation].due = UINT64_MAX;
    sequence_plan_refresh(r);
    sequence_arm(r);
    manager_changed(r->manager);
}

/* The operation has done its last step and the document holds the result. Takes it over. 0 or a negative
 * errno: nothing has changed. */
static int finish(struct registration *r, json_object *document)
{
    json_object *registration = store_registration(document);
    int result = 0;

    switch (r->operation) {
    case OPERATION_REGISTER:
        store_set(registration, "step", NULL);
        store_set(registration, "lastFailure", NULL);
        r->last_failure = json_put_erased(r->last_failure);
        r->last_success = (int64_t)time(NULL);
        json_add_int(registration, "lastSuccess", r->last_success);
        return registration_enter(r, document, STATE_REGISTERED);
    case OPERATION_DEREGISTER:
        steps_forget(registration, true);
        store_set(document, "machineId", NULL);
        return registration_enter(r, document, STATE_UNREGISTERED);
    case OPERATION_REFRESH:
        /* Nothing new is the rule; the disk is left alone then. */
        if (json_object_equal(registration, saved(r)))
            json_put_erased(document);
        else
            result = store_commit(&r->manager->store, document);
        break;
    case OPERATION_RENEW:
        store_set(registration, "renewalStep", NULL);
        result = store_commit(&r->manager->store, document);
        if (result >= 0)
            log_notice("The certificate was renewed.");
        break;
    case OPERATION_NONE:
        json_put_erased(document);
        return -EINVAL;
    }

    if (result >= 0)
        finish_in_place(r);
    return result;
}

static void step_done(struct registration *r, json_object *reply)
{
    const struct step *next = step_next(r->step);
    json_object *document = store_begin(&r->manager->store);
    json_object *registration = store_registration(document);
    char name[128];
    int result = document ? 0 : -ENOMEM;

    if (result >= 0 && service_check_fields(r->step->reply, reply, name, sizeof(name)) < 0)
        result = -EBADMSG;
    if (result >= 0)
        result = r->step->apply(r->manager, registration, reply);
    if (result < 0) {
        json_put_erased(document);
        fail_locally(r, result == -EPROTO ? REASON_UNEXPECTED_REPLY : REASON_WORKER_FAILED,
            result == -EPROTO ? "The cloud does not call the appliance Enrolled."
                              : "The worker's reply makes no sense.");
        return;
    }

    r->removal_seen = 0;
    if (next) {
        store_set_string(registration, r->operation == OPERATION_RENEW ? "renewalStep" : "step", next->name);
        result = store_commit(&r->manager->store, document);
    } else
        result = finish(r, document);
    if (result < 0)
        fail_locally(
            r, REASON_STATE_IO, r->manager->store.fault ? r->manager->store.fault : strerror(-result));
    if (result < 0 || !next)
        return;

    r->attempts[r->operation].failures = 0;
    r->step = next;
    manager_changed(r->manager);
    run_step(r);
}

static void on_replied(void *userdata, const struct varlink_reply *reply)
{
    struct registration *r = userdata;
    json_object *parameters = reply->parameters;
    char name[128], text[256];

    if (!reply->error) {
        step_done(r, parameters);
        return;
    }

    enum reason reason = reason_from_string(json_get_string(parameters, "reason"));
    if (!streq(reply->error, WORKER_INTERFACE ".Failed") || reason == REASON_NONE ||
        service_check_fields(fields_worker_failed, parameters, name, sizeof(name)) < 0) {
        snprintf(text, sizeof(text), "The worker answered %s to %s.", reply->error, r->step->name);
        fail_locally(r, REASON_WORKER_FAILED, text);
        return;
    }

    json_object *failure = make_failure(r, reason, json_get_string(parameters, "message"));
    json_add_string(failure, "requestId", json_get_string(parameters, "requestId"));
    if (json_object_object_get(parameters, "clockOffset"))
        json_add_int(failure, "clockOffset", json_get_int(parameters, "clockOffset", 0));
    fail(r, reason, json_get_int(parameters, "retryAfter", -1), failure);
}

static void on_failed(void *userdata, const char *message)
{
    fail_locally(userdata, REASON_WORKER_FAILED, message);
}

static const struct job_callbacks callbacks = { on_replied, on_failed };

static void run_step(struct registration *r)
{
    char method[128];
    json_object *request = r->step->request(r->manager, saved(r));

    snprintf(method, sizeof(method), WORKER_INTERFACE ".%s", r->step->method);
    int result = request ? job_call(r->job, method, request, r->manager->config->worker_timeout) : -ENOMEM;
    if (result < 0) {
        char text[256];
        snprintf(text, sizeof(text), "The worker can't be asked: %s.", strerror(-result));
        fail_locally(r, REASON_WORKER_FAILED, text);
    }
}

static void start(struct registration *r, enum operation operation)
{
    const char *address = manager_worker_address(r->manager);
    const char *level = log_level_to_string(
        r->manager->options.log_level >= 0 ? r->manager->options.log_level : r->manager->config->log_level);

    r->operation = operation;
    r->step = step_find(
        operation, json_get_string(saved(r), operation == OPERATION_RENEW ? "renewalStep" : "step"));
    int result = job_new(r->manager->event, address, level, &callbacks, r, &r->job);
    manager_changed(r->manager);
    if (result < 0) {
        char text[512];
        snprintf(
            text, sizeof(text), "The worker %s can't be started or reached: %s.", address, strerror(-result));
        fail_locally(r, REASON_WORKER_FAILED, text);
        return;
    }
    run_step(r);
}

/* The calendar wakes us for the renewal, and when the certificate ends: both show in the status. */
static void arm_calendar(struct registration *r)
{
    int64_t now = (int64_t)time(NULL), next = INT64_MAX;
    const int64_t times[] = {
        json_get_int(saved(r), "nextRenewal", 0),
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

/* A renewal whose time has come is planned wherever that is noticed: the calendar wakes us for it, but another
 * event of the same moment may come first and set the calendar to what follows. */
static void plan_renewal(struct registration *r)
{
    if (registration_state(r) == STATE_REGISTERED && registration_may_use_cloud(r) &&
        !json_get_bool(saved(r), "removed", false) && r->attempts[OPERATION_RENEW].due == UINT64_MAX &&
        json_get_int(saved(r), "nextRenewal", INT64_MAX) <= (int64_t)time(NULL))
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
    if (!r->job && next != OPERATION_NONE && r->attempts[next].due <= boottime())
        start(r, next);
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
    end_job(r);
    r->timer = sd_event_source_disable_unref(r->timer);
    r->calendar = sd_event_source_disable_unref(r->calendar);
}
