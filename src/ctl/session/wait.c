#include "ctl/session/wait.h"

#include "common/clock.h"
#include "common/reason.h"
#include "ctl/session/outcome.h"
#include "ctl/session/progress.h"
#include "ctl/session/report.h"
#include "ctl/text/output.h"
#include "ctl/text/time-text.h"

#include <errno.h>
#include <inttypes.h>

static const char *noun_of(enum tr_operation operation)
{
    if (operation == TR_OPERATION_RENEW)
        return "renewal";
    return operation == TR_OPERATION_REGISTER ? "registration" : "deregistration";
}

static int report_end(struct session *session, enum tr_operation operation, enum outcome outcome,
    const struct tr_status *status)
{
    const struct tr_failure *failure = status->registration->last_failure;
    const char *noun = noun_of(operation);

    if (outcome == OUTCOME_DONE) {
        if (!session->json && operation == TR_OPERATION_RENEW)
            output_line(stdout, "The certificate was renewed; the new one expires at %s.",
                time_text_utc(status->registration->certificate->not_after).text);
        else if (!session->json)
            output_line(stdout, "The %s is successfully %s the Cisco Threat Response portal.",
                status->product,
                operation == TR_OPERATION_REGISTER ? "registered with" : "deregistered from");
        return 0;
    }
    if (outcome == OUTCOME_STOPPED)
        return report_failure(session, TR_CLASS_FAILED, "stopped", "cancelled",
            "\"trctl status\" shows the state.", "The %s was cancelled: the appliance is %s.", noun,
            tr_state_to_string(status->registration->state));

    bool refused_token = reason_from_string(failure->reason) == REASON_TOKEN_REJECTED;
    return report_failure(session, (enum tr_error_class)outcome_exit_code(failure->reason),
        "operation_failed", failure->reason, failure->remedy, "The %s failed%s %s", noun,
        refused_token ? " because of an invalid or expired token key." : ":", failure->message);
}

static int report_timeout(struct session *session, enum tr_operation operation, int seconds)
{
    return report_failure(session, TR_CLASS_TIMED_OUT, "timed_out_waiting", NULL,
        "\"trctl status\" shows how far it is.",
        "The %s has not ended within %d s; it goes on in the background.", noun_of(operation), seconds);
}

static int report_absence(struct session *session, enum tr_operation operation)
{
    return report_failure(session, TR_CLASS_UNREACHABLE, "not_running", NULL,
        "Start it (systemctl start threatresponsed).",
        "The daemon went away during the %s and has not come back; the operation goes on when it does.",
        noun_of(operation));
}

/* Returns how a renewal without a new certificate ended: cancelled, or given up until the next one. */
static enum outcome find_end_of_renewal(struct progress *progress, const struct tr_registration *registration)
{
    const struct tr_failure *failure = registration->last_failure;

    if (progress->operation != TR_OPERATION_RENEW || registration->operation == TR_OPERATION_RENEW) {
        progress->seen = true;
        return OUTCOME_PENDING;
    }
    if (!progress->seen || registration->operation != TR_OPERATION_NONE)
        return OUTCOME_PENDING;
    return failure && failure->operation == TR_OPERATION_RENEW ? OUTCOME_FAILED : OUTCOME_STOPPED;
}

/* Shows a state. Returns the exit code if the operation has ended, -EAGAIN if it goes on. */
static int take_status(struct session *session, struct progress *progress, const char *text)
{
    struct tr_status *status;

    if (session->json) {
        output_json(stdout, text);
        fflush(stdout);
    }
    if (tr_status_parse(text, &status) < 0)
        return report_bad_reply(session, "state");

    int r = -EAGAIN;
    enum outcome outcome = outcome_get(progress->operation, progress->old_serial, status);
    if (outcome == OUTCOME_PENDING)
        outcome = find_end_of_renewal(progress, status->registration);
    if (!session->json)
        progress_show(progress, status, time(NULL));
    if (outcome != OUTCOME_PENDING) {
        progress_end_line(progress);
        if (outcome == OUTCOME_FAILED && !session->json && !progress->in_place)
            output_line(progress->stream, "%s ... failed", status->registration->last_failure->step);
        r = report_end(session, progress->operation, outcome, status);
    }
    tr_status_free(status);
    return r;
}

int wait_for_end(struct session *session, enum tr_operation operation, const char *old_serial, int seconds)
{
    struct progress progress = {
        .stream = stdout,
        .operation = operation,
        .old_serial = old_serial,
        .in_place = !session->json && isatty(STDOUT_FILENO),
        .until = (int64_t)time(NULL) + seconds,
    };
    int64_t end = (int64_t)clock_msec(CLOCK_MONOTONIC) + (int64_t)seconds * 1000;
    struct tr_error error;

    bool lost = false;

    tr_client_set_reconnect(session->client, true);
    int more = tr_stream_start(session->client, "GetStatus", NULL, &error);
    while (more >= 0) {
        _cleanup_free_ char *text = NULL;
        int64_t left = end - (int64_t)clock_msec(CLOCK_MONOTONIC);

        more = tr_stream_next(session->client, left > 0 ? (int)left : 0, &text, &error);
        if (more == -EAGAIN) {
            progress_end_line(&progress);
            return lost ? report_absence(session, operation) : report_timeout(session, operation, seconds);
        }
        lost = more == TR_STREAM_LOST || (lost && more == -EINTR);
        if (more == -EINTR && session_is_interrupted(session)) {
            progress_end_line(&progress);
            return TR_CLASS_FAILED;
        }
        if (more == -EINTR)
            more = 1;
        else if (more == TR_STREAM_LOST) {
            progress_end_line(&progress);
            report_lost();
        } else if (more >= 0) {
            int r = take_status(session, &progress, text);
            if (r != -EAGAIN)
                return r;
        }
    }
    progress_end_line(&progress);
    return report_error(session, &error);
}
