#include "daemon/registration/operation.h"

#include "common/clock.h"
#include "common/log.h"
#include "daemon/manager.h"
#include "daemon/registration/failure.h"
#include "daemon/registration/identity.h"
#include "daemon/registration/report.h"
#include "daemon/registration/sequence.h"
#include "daemon/registration/steps.h"
#include "daemon/state/schema.h"
#include "daemon/worker/link.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#define WORKER_INTERFACE "org.threatresponse.worker"

static void run_step(struct registration *r);

static json_object *saved(const struct registration *r)
{
    return store_registration(r->manager->store.document);
}

/* The member that says which step of an operation is next. */
static const char *step_key(enum operation operation)
{
    return operation == OPERATION_RENEW ? "renewalStep" : "step";
}

void operation_end(struct registration *r)
{
    r->job = worker_link_free(r->job);
    r->operation = OPERATION_NONE;
    r->step = NULL;
}

/* Only a registration can fail for good. That the portal does not know the device is proved by asking twice. */
static bool is_final(const struct registration *r, enum reason reason)
{
    return r->operation == OPERATION_REGISTER && reason_is_permanent(reason) &&
           reason != REASON_REMOVED_IN_PORTAL;
}

static json_object *make_failure(const struct registration *r, enum reason reason, const char *message)
{
    return last_failure_new(r->operation, r->step->name, reason, message, is_final(r, reason));
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

/* The other steps, some of which ask another server or none, say nothing of whether the cloud knows the device. */
static bool asks_for_device(const struct step *step)
{
    return step->reply == fields_context_status_reply;
}

/* A single 404 or 410 proves nothing; a second one, some minutes later, does. */
static bool removal_is_proved(struct registration *r)
{
    uint64_t now = clock_usec(CLOCK_BOOTTIME), wait = r->manager->config->removal_confirmation;

    if (r->removal_seen == 0)
        r->removal_seen = now;
    return now - r->removal_seen >= wait;
}

/* A registered appliance shows that it was removed and asks for nothing any more. */
static bool enter_removed(struct registration *r)
{
    json_object *document = store_begin(&r->manager->store);

    if (!document)
        return false;
    json_add_bool(store_registration(document), "removed", true);
    registration_note_failure(r, document, r->last_failure);
    return registration_enter(r, document, STATE_REGISTERED) >= 0;
}

/* The next attempt begins with an earlier step, which may take away what this one failed for (steps.c). */
static void rewind_operation(struct registration *r)
{
    json_object *document = store_begin(&r->manager->store);

    if (!document)
        return;
    store_set_string(store_registration(document), step_key(r->operation), r->step->rewind);
    (void)store_commit(&r->manager->store, document);
}

/* The answers of a broken proxy, too, make no sense, and say nothing of what the cloud has. */
static bool calls_for_rewind(const struct step *step, enum reason reason, int64_t http_status)
{
    bool gone = http_status == 404 || http_status == 410;

    return step->rewind && reason == step->rewind_on && (gone || !step->rewind_if_gone);
}

/* A step has failed: give up, or plan the next attempt. http_status: that of the answer, negative if there was none.
 * Takes the failure over. */
static void fail(struct registration *r, enum reason reason, int64_t http_status, int64_t retry_after,
    json_object *failure)
{
    enum operation operation = r->operation;
    bool asked = asks_for_device(r->step) && operation != OPERATION_RENEW;
    bool removal = asked && reason == REASON_REMOVED_IN_PORTAL;
    bool proved = removal && removal_is_proved(r);
    bool permanent = is_final(r, reason) || (proved && operation == OPERATION_REGISTER);

    if (proved)
        json_add_bool(failure, "permanent", permanent);
    metrics_count_failed(&r->manager->metrics, operation, reason);
    report_failure(r, permanent ? LOG_ERR : LOG_WARNING, failure);
    /* A renewal that fails in between, and is tried again more often, must not keep the second denial away. */
    if (asked && !removal)
        r->removal_seen = 0;
    if (permanent && give_up(r, failure) >= 0)
        return;

    registration_note_failure(r, NULL, failure);
    if (proved && operation == OPERATION_REFRESH && enter_removed(r)) {
        report_removal(r);
        return;
    }
    if (calls_for_rewind(r->step, reason, http_status))
        rewind_operation(r);
    r->attempts[operation].failed = r->step;
    sequence_plan_retry(r, operation, retry_after);
    if (removal)
        r->attempts[operation].due = clock_usec(CLOCK_BOOTTIME) + r->manager->config->removal_confirmation;
    operation_end(r);
    sequence_arm(r);
    manager_changed(r->manager);
}

static void fail_locally(struct registration *r, enum reason reason, const char *message)
{
    fail(r, reason, -1, -1, make_failure(r, reason, message));
}

/* Plans what follows an operation that leaves the state as it is. */
static void finish_in_place(struct registration *r)
{
    enum operation operation = r->operation;

    r->last_success = (int64_t)time(NULL);
    operation_end(r);
    sequence_forget(r, operation);
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
        identity_forget(document);
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

static void fail_to_save(struct registration *r, int error)
{
    const char *fault = r->manager->store.fault;

    fail_locally(r, REASON_STATE_IO, fault ? fault : strerror(-error));
}

/* Saves the document, which holds the result of the last step, and runs the next one. Takes the document over. */
static void go_on(struct registration *r, json_object *document, const struct step *next)
{
    store_set_string(store_registration(document), step_key(r->operation), next->name);
    int result = store_commit(&r->manager->store, document);
    if (result < 0) {
        fail_to_save(r, result);
        return;
    }
    /* Neither by a step before the one that fails, nor by going back to it: that would be tried without a pause. */
    if (r->step == r->attempts[r->operation].failed && next > r->step)
        r->attempts[r->operation].failures = 0;
    r->step = next;
    manager_changed(r->manager);
    run_step(r);
}

static void step_done(struct registration *r, json_object *reply)
{
    const struct step *next = step_next(r->step);
    json_object *document = store_begin(&r->manager->store);
    char name[128];
    int result = document ? 0 : -ENOMEM;

    if (result >= 0 && service_check_fields(r->step->reply, reply, name, sizeof(name)) < 0)
        result = -EBADMSG;
    if (result >= 0)
        result = r->step->apply(r->manager, store_registration(document), reply);
    if (result < 0) {
        json_put_erased(document);
        fail_locally(r, result == -EPROTO ? REASON_UNEXPECTED_REPLY : REASON_WORKER_FAILED,
            result == -EPROTO ? "The cloud does not call the appliance Enrolled."
                              : "The worker's reply makes no sense.");
        return;
    }

    if (asks_for_device(r->step))
        r->removal_seen = 0;
    if (next) {
        go_on(r, document, next);
        return;
    }
    enum operation operation = r->operation;
    result = finish(r, document);
    if (result < 0)
        fail_to_save(r, result);
    else
        metrics_count_completed(&r->manager->metrics, operation);
}

/* Some failures the operation itself has an answer to. True if it goes on. A key of another type is made once in an
 * attempt: a server that wants another one each time must not keep the worker busy. */
static bool recover(struct registration *r, enum reason reason, const char *key_type, json_object *failure)
{
    const struct step *step = r->step;
    bool rekey =
        step->rekey && !r->rekeyed && key_type && !streq0(key_type, json_get_string(saved(r), "keyType"));
    bool pass = step->passable && reason == REASON_CERTIFICATE_UNUSABLE;
    json_object *document = rekey || pass ? store_begin(&r->manager->store) : NULL;

    if (!document)
        return false;
    report_hindrance(failure);
    if (rekey) {
        store_set_string(store_registration(document), "keyType", key_type);
        r->rekeyed = true;
    }
    registration_note_failure(r, NULL, failure);
    go_on(r, document, rekey ? step_find(r->operation, step->rekey) : step_next(step));
    return true;
}

/* Remembers how the clocks stand, for the status. */
static void note_clock(struct registration *r, json_object *parameters)
{
    if (!json_object_object_get(parameters, "clockOffset"))
        return;
    r->clock_known = true;
    r->clock_offset = json_get_int(parameters, "clockOffset", 0);
}

/* What is refused to a certificate that has expired is refused for that; a clock that is wrong has been named by then. */
static enum reason name_expiry(const struct registration *r, enum reason reason, int64_t http_status)
{
    int64_t end = json_get_int(json_get_object(saved(r), "certificateInfo"), "notAfter", INT64_MAX);
    bool refused = (http_status == 401 || http_status == 403) &&
                   (reason == REASON_SERVER_ERROR || reason == REASON_EST_REJECTED);

    return refused && r->step->identifies && end < (int64_t)time(NULL) ? REASON_CERTIFICATE_EXPIRED : reason;
}

static void on_replied(void *userdata, const struct varlink_reply *reply)
{
    struct registration *r = userdata;
    json_object *parameters = reply->parameters;
    char name[128], text[256];

    if (!reply->error) {
        note_clock(r, parameters);
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

    int64_t http_status = json_get_int(parameters, "httpStatus", -1);
    reason = name_expiry(r, reason, http_status);
    json_object *failure = make_failure(r, reason, json_get_string(parameters, "message"));
    json_add_string(failure, "requestId", json_get_string(parameters, "requestId"));
    if (json_object_object_get(parameters, "clockOffset"))
        json_add_int(failure, "clockOffset", json_get_int(parameters, "clockOffset", 0));
    note_clock(r, parameters);
    if (reason == REASON_WRONG_REGION)
        last_failure_name_region(failure, r->manager, json_get_string(parameters, "region"));
    if (!recover(r, reason, json_get_string(parameters, "keyType"), failure))
        fail(r, reason, http_status, json_get_int(parameters, "retryAfter", -1), failure);
}

static void on_failed(void *userdata, const char *message)
{
    fail_locally(userdata, REASON_WORKER_FAILED, message);
}

static const struct worker_link_callbacks callbacks = { on_replied, on_failed };

static bool open_worker(struct registration *r)
{
    const char *address = manager_worker_address(r->manager);
    const char *level = log_level_to_string(manager_log_level(r->manager));

    int result = worker_link_new(r->manager->event, address, level, &callbacks, r, &r->job);
    if (result < 0) {
        char text[512];
        snprintf(
            text, sizeof(text), "The worker %s can't be started or reached: %s.", address, strerror(-result));
        fail_locally(r, REASON_WORKER_FAILED, text);
        return false;
    }
    r->job_reloads = r->manager->reloads;
    return true;
}

static void run_step(struct registration *r)
{
    char method[128];

    /* A worker reads no trust anchors but those of its first call, and a reload may name others. */
    if (r->job_reloads != r->manager->reloads)
        r->job = worker_link_free(r->job);
    if (!r->job && !open_worker(r))
        return;

    json_object *request = r->step->request(r->manager, saved(r));
    snprintf(method, sizeof(method), WORKER_INTERFACE ".%s", r->step->method);
    int result =
        request ? worker_link_call(r->job, method, request, r->manager->config->worker_timeout) : -ENOMEM;
    if (result < 0) {
        char text[256];
        snprintf(text, sizeof(text), "The worker can't be asked: %s.", strerror(-result));
        fail_locally(r, REASON_WORKER_FAILED, text);
    }
}

void operation_start(struct registration *r, enum operation operation)
{
    r->operation = operation;
    r->rekeyed = false;
    r->step = step_find(operation, json_get_string(saved(r), step_key(operation)));
    manager_changed(r->manager);
    run_step(r);
}
