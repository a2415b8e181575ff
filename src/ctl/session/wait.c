#include "ctl/session/wait.h"

#include "common/clock.h"
#include "common/reason.h"
#include "ctl/text/output.h"
#include "ctl/text/time-text.h"

#include <errno.h>
#include <inttypes.h>

struct step_list {
    const char *const *names;
    size_t n;
};

static struct step_list steps_of(enum tr_operation operation)
{
    static const char *const registering[] = { "key", "context", "activation", "trust", "certificate",
        "confirm" };
    static const char *const deregistering[] = { "delete" };
    static const char *const renewing[] = { "renewal-key", "renewal-trust", "renewal-certificate",
        "renewal-proof" };

    if (operation == TR_OPERATION_RENEW)
        return (struct step_list){ renewing, ELEMENTS(renewing) };
    if (operation == TR_OPERATION_REGISTER)
        return (struct step_list){ registering, ELEMENTS(registering) };
    return (struct step_list){ deregistering, ELEMENTS(deregistering) };
}

static const char *noun_of(enum tr_operation operation)
{
    if (operation == TR_OPERATION_RENEW)
        return "renewal";
    return operation == TR_OPERATION_REGISTER ? "registration" : "deregistration";
}

static enum ctl_outcome renewal_outcome(const struct tr_registration *registration, const char *old_serial)
{
    if (registration->state != TR_STATE_REGISTERED || !registration->certificate)
        return CTL_STOPPED;
    return streq(registration->certificate->serial, old_serial) ? CTL_GOES_ON : CTL_DONE;
}

enum ctl_outcome ctl_outcome_of(
    enum tr_operation operation, const char *old_serial, const struct tr_status *status)
{
    const struct tr_registration *registration = status->registration;
    const struct tr_failure *failure = registration->last_failure;
    bool registering = operation == TR_OPERATION_REGISTER;

    if (operation == TR_OPERATION_RENEW)
        return renewal_outcome(registration, old_serial);
    if (registration->state == (registering ? TR_STATE_REGISTERING : TR_STATE_DEREGISTERING))
        return CTL_GOES_ON;
    if (registration->state == (registering ? TR_STATE_REGISTERED : TR_STATE_UNREGISTERED))
        return CTL_DONE;
    /* The last failure stays in the state when an operation is cancelled; only a permanent one has ended it.
     */
    if (failure && failure->operation == operation && failure->permanent &&
        reason_from_string(failure->reason) != REASON_CANCELLED)
        return CTL_FAILED;
    return CTL_STOPPED;
}

int ctl_exit_of_reason(const char *reason)
{
    static const bool cloud_refused[REASON_MAX_] = {
        [REASON_TOKEN_REJECTED] = true,
        [REASON_WRONG_REGION] = true,
        [REASON_EST_REJECTED] = true,
        [REASON_REMOVED_IN_PORTAL] = true,
        [REASON_CERTIFICATE_UNUSABLE] = true,
        [REASON_ALREADY_REGISTERED] = true,
    };

    return cloud_refused[reason_from_string(reason)] ? TR_CLASS_REFUSED : TR_CLASS_FAILED;
}

/* How many steps are done, as far as the state tells; at least as many as before. */
static size_t count_done(const struct ctl_progress *progress, const struct tr_status *status)
{
    const struct tr_registration *registration = status->registration;
    struct step_list steps = steps_of(progress->operation);

    if (ctl_outcome_of(progress->operation, progress->old_serial, status) == CTL_DONE)
        return steps.n;
    if (registration->operation == progress->operation && registration->step)
        for (size_t n = 0; n < steps.n; n++)
            if (streq(steps.names[n], registration->step))
                return n > progress->done ? n : progress->done;
    return progress->done;
}

void ctl_progress_end(struct ctl_progress *progress)
{
    if (progress->line_open)
        fputs("\r\033[K", progress->stream);
    progress->line_open = false;
}

static void show_failure(
    struct ctl_progress *progress, const struct tr_registration *registration, int64_t now)
{
    const struct tr_failure *failure = registration->last_failure;

    ctl_progress_end(progress);
    ctl_line(progress->stream, "%s ... attempt %" PRId64 " failed: %s: %s%s%s", failure->step,
        registration->attempt, failure->reason, failure->message,
        registration->next_attempt ? " The next attempt: " : "",
        registration->next_attempt ? ctl_time_relative(registration->next_attempt, now).text : "");
    progress->attempt = registration->attempt;
}

void ctl_progress_show(struct ctl_progress *progress, const struct tr_status *status, int64_t now)
{
    const struct tr_registration *registration = status->registration;
    struct step_list steps = steps_of(progress->operation);
    size_t done = count_done(progress, status);

    for (; progress->done < done && progress->done < steps.n; progress->done++) {
        if (!progress->in_place)
            ctl_line(progress->stream, "%s ... done", steps.names[progress->done]);
        progress->attempt = 0;
    }
    if (registration->operation == progress->operation && registration->last_failure &&
        registration->attempt > progress->attempt)
        show_failure(progress, registration, now);

    if (progress->in_place && done < steps.n) {
        fprintf(progress->stream, "\r\033[K[%zu/%zu] %s ...", done + 1, steps.n, steps.names[done]);
        progress->line_open = true;
    }
    fflush(progress->stream);
}

static int report_end(
    struct ctl *ctl, enum tr_operation operation, enum ctl_outcome outcome, const struct tr_status *status)
{
    const struct tr_failure *failure = status->registration->last_failure;
    const char *noun = noun_of(operation);

    if (outcome == CTL_DONE) {
        if (!ctl->json && operation == TR_OPERATION_RENEW)
            ctl_line(stdout, "The certificate was renewed; the new one expires at %s.",
                ctl_time(status->registration->certificate->not_after).text);
        else if (!ctl->json)
            ctl_line(stdout, "The %s is successfully %s the Cisco Threat Response portal.", status->product,
                operation == TR_OPERATION_REGISTER ? "registered with" : "deregistered from");
        return 0;
    }
    if (outcome == CTL_STOPPED)
        return ctl_fail_with(ctl, TR_CLASS_FAILED, "stopped", "cancelled",
            "\"trctl status\" shows the state.", "The %s was cancelled: the appliance is %s.", noun,
            tr_state_to_string(status->registration->state));

    bool refused_token = reason_from_string(failure->reason) == REASON_TOKEN_REJECTED;
    return ctl_fail_with(ctl, (enum tr_error_class)ctl_exit_of_reason(failure->reason), "operation_failed",
        failure->reason, failure->remedy, "The %s failed%s %s", noun,
        refused_token ? " because of an invalid or expired token key." : ":", failure->message);
}

static int report_timeout(struct ctl *ctl, enum tr_operation operation, int seconds)
{
    return ctl_fail_with(ctl, TR_CLASS_TIMED_OUT, "timed_out_waiting", NULL,
        "\"trctl status\" shows how it stands.",
        "The %s has not ended within %d s; it goes on in the background.", noun_of(operation), seconds);
}

static int report_absence(struct ctl *ctl, enum tr_operation operation)
{
    return ctl_fail_with(ctl, TR_CLASS_UNREACHABLE, "not_running", NULL,
        "Start it (systemctl start threatresponsed).",
        "The daemon went away during the %s and has not come back; the operation goes on when it does.",
        noun_of(operation));
}

/* Shows one state. Returns the exit code, or -EAGAIN if the operation goes on. */
static int take_status(struct ctl *ctl, struct ctl_progress *progress, const char *text)
{
    struct tr_status *status;

    if (ctl->json) {
        ctl_json(stdout, text);
        fflush(stdout);
    }
    if (tr_status_parse(text, &status) < 0)
        return ctl_fail_with(ctl, TR_CLASS_UNREACHABLE, "bad_reply", NULL,
            "Check that the version of the daemon fits this one.", "The daemon's state can't be read.");

    int r = -EAGAIN;
    enum ctl_outcome outcome = ctl_outcome_of(progress->operation, progress->old_serial, status);
    if (!ctl->json)
        ctl_progress_show(progress, status, time(NULL));
    if (outcome != CTL_GOES_ON) {
        ctl_progress_end(progress);
        if (outcome == CTL_FAILED && !ctl->json && !progress->in_place)
            ctl_line(progress->stream, "%s ... failed", status->registration->last_failure->step);
        r = report_end(ctl, progress->operation, outcome, status);
    }
    tr_status_free(status);
    return r;
}

int ctl_wait(struct ctl *ctl, enum tr_operation operation, const char *old_serial, int seconds)
{
    struct ctl_progress progress = {
        .stream = stdout,
        .operation = operation,
        .old_serial = old_serial,
        .in_place = !ctl->json && isatty(STDOUT_FILENO),
    };
    int64_t end = (int64_t)clock_msec(CLOCK_MONOTONIC) + (int64_t)seconds * 1000;
    struct tr_error error;

    bool lost = false;

    tr_client_set_reconnect(ctl->client, true);
    int more = tr_stream_start(ctl->client, "GetStatus", NULL, &error);
    while (more >= 0) {
        _cleanup_free_ char *text = NULL;
        int64_t left = end - (int64_t)clock_msec(CLOCK_MONOTONIC);

        more = tr_stream_next(ctl->client, left > 0 ? (int)left : 0, &text, &error);
        if (more == -EAGAIN) {
            ctl_progress_end(&progress);
            return lost ? report_absence(ctl, operation) : report_timeout(ctl, operation, seconds);
        }
        lost = more == TR_STREAM_LOST || (lost && more == -EINTR);
        if (more == -EINTR && ctl->console && *ctl->console->interrupted) {
            ctl_progress_end(&progress);
            return TR_CLASS_FAILED;
        }
        if (more == -EINTR)
            more = 1;
        else if (more == TR_STREAM_LOST) {
            ctl_progress_end(&progress);
            ctl_say_lost();
        } else if (more >= 0) {
            int r = take_status(ctl, &progress, text);
            if (r != -EAGAIN)
                return r;
        }
    }
    ctl_progress_end(&progress);
    return ctl_fail(ctl, &error);
}
