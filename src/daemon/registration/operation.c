#include "daemon/registration/operation.h"

#include "common/clock.h"
#include "common/log.h"
#include "daemon/registration/expiry.h"
#include "daemon/registration/failure.h"
#include "daemon/registration/give-up.h"
#include "daemon/registration/report.h"
#include "daemon/registration/sequence.h"
#include "daemon/registration/steps.h"
#include "daemon/registration/transition.h"
#include "daemon/state/document.h"

#include <errno.h>
#include <time.h>

enum {
    HTTP_FORBIDDEN = 403, /* also stands for an answer that does not call the appliance enrolled */
};

static void run_step(struct registration *r);

/* Returns true if a reason ends the operation for good: only a registration can fail so. One denial of the portal to
 * know the device is no proof: see removal_is_proved. A certificate that was issued just now has not expired: a clock is
 * wrong. */
static bool ends_for_good(const struct registration *r, enum reason reason)
{
    return r->operation == OPERATION_REGISTER && reason_is_permanent(reason) &&
           reason != REASON_REMOVED_IN_PORTAL && reason != REASON_CERTIFICATE_EXPIRED;
}

static json_object *make_failure(const struct registration *r, enum reason reason, const char *message)
{
    return failure_new(r, r->operation, r->step->name, reason, message, ends_for_good(r, reason));
}

/* Returns true if the device was removed in the portal: a single 404 or 410 proves nothing, a second one some minutes
 * later does. */
static bool removal_is_proved(struct registration *r)
{
    uint64_t now = clock_usec(CLOCK_BOOTTIME), wait = r->core->config->removal_confirmation;

    if (r->removal_seen == 0)
        r->removal_seen = now;
    return now - r->removal_seen >= wait;
}

/* Returns true if the running step tells whether the device was removed. The proof of a renewal leaves that
 * to the refresh. */
static bool asks_for_removal(const struct registration *r)
{
    return r->step->asks_for_device && r->operation != OPERATION_RENEW;
}

/* Saves that a registered appliance was removed, which ends all requests to the cloud. */
static bool enter_removed(struct registration *r)
{
    json_object *document = store_begin(&r->core->store);

    if (!document)
        return false;
    json_add_bool(document_registration(document), "removed", true);
    transition_note_failure(document, r->last_failure);
    return transition_enter(r, document, STATE_REGISTERED) >= 0;
}

/* Saves when the next attempt comes, so that a restart neither hastens nor forgets it; with rewind it begins at the step that
 * the failed one names. A failure to save is the store's fault; the plan holds all the same. */
static void save_failed_attempt(struct registration *r, bool rewind)
{
    const struct attempts *attempts = &r->attempts[r->operation];
    const struct saved_attempts note = { attempts->failures, attempts_next_time(attempts), attempts->asked };
    json_object *document = store_begin(&r->core->store);
    json_object *registration = document_registration(document);

    if (!document)
        return;
    if (rewind)
        document_set_string(registration, step_member(r->operation), r->step->rewind);
    document_set_attempts(registration, r->operation, &note);
    transition_note_failure(document, r->last_failure);
    (void)store_commit(&r->core->store, document);
}

/* Returns true if the step names an earlier one for this failure. Steps that rewind because something is gone need a
 * 404 or 410: a broken proxy may cause the same reason. */
static bool calls_for_rewind(const struct step *step, enum reason reason, int64_t http_status)
{
    bool gone = http_status == 404 || http_status == 410;

    return step->rewind && reason == step->rewind_on && (gone || !step->rewind_if_gone);
}

/* Notes a refusal of the step. Returns true if refusals exceed the patience, or the saved
 * pair can't be used. */
static bool is_refused_for_good(struct registration *r, enum reason reason, int64_t http_status)
{
    return give_up_is_refusal(reason, http_status) &&
           (attempts_note_refusal(&r->attempts[r->operation], r->core->config->refusal_patience) ||
               (reason == REASON_CERTIFICATE_UNUSABLE && r->step->unusable_ends));
}

/* Plans the next attempt at the operation. After two certificates that can't be used, the CA is asked again
 * only after expiry_renewal_pause(): it issues a certificate each time. */
static void plan_next_attempt(struct registration *r, enum reason reason, int64_t retry_after)
{
    struct attempts *attempts = &r->attempts[r->operation];
    int64_t pause = expiry_renewal_pause(registration_saved(r)->not_after, (int64_t)time(NULL));

    sequence_plan_retry(r, r->operation, retry_after);
    if (reason == REASON_REMOVED_IN_PORTAL && asks_for_removal(r))
        attempts_move(attempts, r->core->config->removal_confirmation);
    if (reason == REASON_CERTIFICATE_UNUSABLE && r->step->rewind_on == reason && attempts->refusals > 1)
        attempts_delay(attempts, (uint64_t)pause * USEC_PER_SEC);
}

/* Ends the attempt after a failed step: gives up, or plans the next attempt. http_status is negative if there was no
 * answer. Takes the failure over. */
static void fail_attempt(struct registration *r, enum reason reason, int64_t http_status, int64_t retry_after,
    json_object *failure)
{
    enum operation operation = r->operation;
    bool removal = asks_for_removal(r) && reason == REASON_REMOVED_IN_PORTAL;
    bool proved = removal && removal_is_proved(r);
    bool hopeless = is_refused_for_good(r, reason, http_status) || ends_for_good(r, reason) ||
                    (proved && operation == OPERATION_REGISTER);
    bool permanent = hopeless && (operation == OPERATION_REGISTER || operation == OPERATION_DEREGISTER);

    if (permanent && !json_get_bool(failure, "permanent", false))
        failure_end(r, failure);
    counters_count_failed(&r->core->counters, operation, reason);
    report_failure(r, permanent ? LOG_ERR : LOG_WARNING, failure);
    /* Any other failure forgets the first denial, but not that of a renewal, which is tried again more often. */
    if (asks_for_removal(r) && !removal)
        r->removal_seen = 0;
    registration_set_failure(r, failure);
    /* give_up() ends every operation but a refresh. */
    if (hopeless && give_up(r) >= 0 && operation != OPERATION_REFRESH)
        return;

    if (proved && operation == OPERATION_REFRESH && enter_removed(r)) {
        report_removal(r->core);
        return;
    }
    r->failed[operation] = r->step;
    plan_next_attempt(r, reason, retry_after);
    save_failed_attempt(r, calls_for_rewind(r->step, reason, http_status));
    registration_end_operation(r);
    sequence_arm(r);
    core_changed(r->core);
}

static void fail_locally(struct registration *r, enum reason reason, const char *message)
{
    fail_attempt(r, reason, -1, -1, make_failure(r, reason, message));
}

/* Ends an operation that leaves the state as it is and plans the next refresh. */
static void complete_in_place(struct registration *r)
{
    enum operation operation = r->operation;

    r->last_success = (int64_t)time(NULL);
    registration_end_operation(r);
    attempts_forget(&r->attempts[operation]);
    sequence_plan_refresh(r);
    sequence_arm(r);
    core_changed(r->core);
}

/* Saves the result of the last step and ends the operation. Takes the document over. Returns 0, or a negative errno:
 * nothing has changed then. */
static int complete_operation(struct registration *r, json_object *document)
{
    json_object *registration = document_registration(document);
    int64_t old_end = registration_saved(r)->not_after;
    int result = 0;

    switch (r->operation) {
    case OPERATION_REGISTER:
        document_set(registration, "step", NULL);
        document_set(registration, "lastFailure", NULL);
        r->last_failure = json_put_erased(r->last_failure);
        r->last_success = (int64_t)time(NULL);
        json_add_int(registration, "lastSuccess", r->last_success);
        return transition_enter(r, document, STATE_REGISTERED);
    case OPERATION_DEREGISTER:
        document_forget_identity(document);
        return transition_enter(r, document, STATE_UNREGISTERED);
    case OPERATION_REFRESH:
        document_forget_attempts(registration, r->operation);
        /* Mostly nothing is new, and the disk is left alone. */
        if (json_object_equal(registration, document_registration(r->core->store.document)))
            json_put_erased(document);
        else
            result = store_commit(&r->core->store, document);
        break;
    case OPERATION_RENEW:
        document_set(registration, "renewalStep", NULL);
        document_forget_attempts(registration, r->operation);
        result = store_commit(&r->core->store, document);
        if (result < 0)
            break;
        log_notice("The certificate was renewed.");
        if (registration_saved(r)->not_after <= old_end)
            report_capped(r->core);
        break;
    case OPERATION_NONE:
        json_put_erased(document);
        return -EINVAL;
    }

    if (result >= 0)
        complete_in_place(r);
    return result;
}

static void fail_to_save(struct registration *r, int error)
{
    const char *fault = r->core->store.fault;

    fail_locally(r, REASON_STATE_IO, fault ? fault : strerror(-error));
}

/* Saves the result of a step and runs the next one. Takes the document over. */
static void save_and_go_on(struct registration *r, json_object *document, const struct step *next)
{
    /* Only progress beyond the step that failed ends the back-off: a step before it, or a way back, would make a loop
     * without a pause. */
    bool progress = r->step == r->failed[r->operation] && next > r->step;

    document_set_string(document_registration(document), step_member(r->operation), next->name);
    if (progress)
        document_forget_attempts(document_registration(document), r->operation);
    int result = store_commit(&r->core->store, document);
    if (result < 0) {
        fail_to_save(r, result);
        return;
    }
    if (progress)
        attempts_note_progress(&r->attempts[r->operation]);
    r->step = next;
    core_changed(r->core);
    run_step(r);
}

/* Applies a reply, which fits its table, and goes on. */
static void step_done(struct registration *r, json_object *reply)
{
    const struct step *next = step_next(r->step);
    json_object *document = store_begin(&r->core->store);
    int result = document ? r->step->apply(r->core, document_registration(document), reply) : -ENOMEM;

    if (result < 0)
        json_put_erased(document);
    if (result == -EPROTO) {
        static const char message[] = "The cloud does not report the appliance as Enrolled.";

        fail_attempt(r, REASON_UNEXPECTED_REPLY, HTTP_FORBIDDEN, -1,
            make_failure(r, REASON_UNEXPECTED_REPLY, message));
        return;
    }
    if (result < 0) {
        fail_locally(r, REASON_WORKER_FAILED, "The worker's reply is malformed.");
        return;
    }

    if (r->step->asks_for_device)
        r->removal_seen = 0;
    if (next) {
        save_and_go_on(r, document, next);
        return;
    }
    enum operation operation = r->operation;
    result = complete_operation(r, document);
    if (result < 0)
        fail_to_save(r, result);
    else
        counters_count_completed(&r->core->counters, operation);
}

/* Returns true if an optional step is to be skipped: its server declines it by a status, ends the connection,
 * or sends nothing that can be used. */
static bool is_skippable(enum reason reason, int64_t http_status)
{
    bool declined = http_status >= 400 && http_status < 500;
    bool broke_off = http_status < 0 && (reason == REASON_SERVER_ERROR || reason == REASON_UNEXPECTED_REPLY);

    return reason == REASON_CERTIFICATE_UNUSABLE || broke_off ||
           (declined && reason != REASON_RATE_LIMITED && reason != REASON_CLOCK_SKEW);
}

/* Goes on after a failure that the operation can handle: makes a key of the type that the server wants, or skips an
 * optional step. Returns true if it goes on, with the failure taken over. An attempt makes one such key only: a server
 * that wants another type each time must not keep the worker busy. */
static bool continue_after(struct registration *r, enum reason reason, int64_t http_status,
    const char *key_type, json_object *failure)
{
    const struct step *step = r->step;
    bool rekey = step->rekey && !r->rekeyed && key_type && !streq0(key_type, registration_saved(r)->key_type);
    bool skip = step->optional && is_skippable(reason, http_status);
    json_object *document = rekey || skip ? store_begin(&r->core->store) : NULL;

    if (!document)
        return false;
    report_skipped_failure(failure);
    if (rekey) {
        document_set_string(document_registration(document), "keyType", key_type);
        r->rekeyed = true;
    }
    registration_set_failure(r, failure);
    save_and_go_on(r, document, rekey ? step_find(r->operation, step->rekey) : step_next(step));
    return true;
}

/* Keeps the offset of the clocks for the status. */
static void note_clock(struct registration *r, json_object *parameters)
{
    if (!json_object_object_get(parameters, "clockOffset"))
        return;
    r->clock_known = true;
    r->clock_offset = json_get_int(parameters, "clockOffset", 0);
}

/* Replaces a vague reason by certificate_expired if an expired certificate was refused, since the page of a
 * web server does not tell. A wrong clock has its own reason. */
static enum reason refine_reason(const struct registration *r, enum reason reason, int64_t http_status)
{
    bool expired = registration_saved(r)->not_after < (int64_t)time(NULL);
    bool refused = reason == REASON_CERTIFICATE_REFUSED ||
                   ((http_status == 401 || http_status == 403) &&
                       (reason == REASON_SERVER_ERROR || reason == REASON_EST_REJECTED));

    return refused && r->step->uses_certificate && expired ? REASON_CERTIFICATE_EXPIRED : reason;
}

static void on_replied(void *userdata, json_object *parameters, bool last)
{
    struct registration *r = userdata;

    (void)last;
    note_clock(r, parameters);
    step_done(r, parameters);
}

static void on_failed(void *userdata, const struct errand_failure *reported)
{
    struct registration *r = userdata;
    json_object *details = reported->details; /* NULL: the worker failed, not the cloud */
    int64_t http_status = json_get_int(details, "httpStatus", -1);
    enum reason reason = refine_reason(r, reported->reason, http_status);
    json_object *failure = make_failure(r, reason, reported->message);

    json_add_string(failure, "requestId", json_get_string(details, "requestId"));
    if (json_object_object_get(details, "clockOffset"))
        json_add_int(failure, "clockOffset", json_get_int(details, "clockOffset", 0));
    note_clock(r, details);
    if (reason == REASON_WRONG_REGION)
        failure_set_region_remedy(failure, r->core, json_get_string(details, "region"));
    if (!continue_after(r, reason, http_status, json_get_string(details, "keyType"), failure))
        fail_attempt(r, reason, http_status, json_get_int(details, "retryAfter", -1), failure);
}

static const struct errand_owner owner = { on_replied, on_failed };

static void run_step(struct registration *r)
{
    struct errand_failure failure;

    if (!errand_start_call(
            r->errand, &r->step->call, r->step->request(r->core, registration_saved(r)), &failure))
        fail_locally(r, failure.reason, failure.message);
}

void operation_start(struct registration *r, enum operation operation)
{
    attempts_count_start(&r->attempts[operation]);
    r->operation = operation;
    r->rekeyed = false;
    r->step = step_find(operation, registration_saved(r)->steps[operation]);
    core_changed(r->core);
    if (errand_new(r->core, ERRAND_FOR_DAEMON, &owner, r, &r->errand) < 0)
        fail_locally(r, REASON_WORKER_FAILED, "There is no memory to ask the worker.");
    else
        run_step(r);
}
