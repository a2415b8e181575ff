#include "ctl/session/progress.h"

#include "common/memory.h"
#include "ctl/session/outcome.h"
#include "ctl/text/output.h"
#include "ctl/text/time-text.h"

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

/* Counts the steps that are done by the state; never less than before. */
static size_t count_done(const struct progress *progress, const struct tr_status *status)
{
    const struct tr_registration *registration = status->registration;
    struct step_list steps = steps_of(progress->operation);

    if (outcome_get(progress->operation, progress->old_serial, status) == OUTCOME_DONE)
        return steps.n;
    if (registration->operation == progress->operation && registration->step)
        for (size_t n = 0; n < steps.n; n++)
            if (streq(steps.names[n], registration->step))
                return n > progress->done ? n : progress->done;
    return progress->done;
}

void progress_end_line(struct progress *progress)
{
    if (progress->line_open)
        fputs("\r\033[K", progress->stream);
    progress->line_open = false;
}

/* Shows when the command stops waiting, and which commands end the wait sooner. */
static void show_end_of_wait(struct progress *progress, int64_t now)
{
    static const char *const nouns[] = {
        [TR_OPERATION_REGISTER] = "registration",
        [TR_OPERATION_DEREGISTER] = "deregistration",
        [TR_OPERATION_RENEW] = "renewal",
    };
    enum tr_operation operation = progress->operation;

    if (progress->until == 0 || (size_t)operation >= ELEMENTS(nouns) || !nouns[operation])
        return;
    output_line(progress->stream,
        "This command stops waiting %s; the %s goes on. \"trctl retry\" tries again sooner if "
        "timing.attempts_per_hour allows that, \"trctl cancel\" ends the %s.",
        time_text_relative(progress->until, now).text, nouns[operation], nouns[operation]);
    progress->until = 0;
}

static void show_failure(struct progress *progress, const struct tr_registration *registration, int64_t now)
{
    const struct tr_failure *failure = registration->last_failure;

    progress_end_line(progress);
    output_line(progress->stream, "%s ... attempt %" PRId64 " failed: %s: %s%s%s", failure->step,
        registration->attempt, failure->reason, failure->message,
        registration->next_attempt ? " The next attempt: " : "",
        registration->next_attempt ? time_text_relative(registration->next_attempt, now).text : "");
    progress->attempt = registration->attempt;
    if (failure->remedy && !streq(failure->remedy, progress->remedy)) {
        output_line(progress->stream, "%s", failure->remedy);
        snprintf(progress->remedy, sizeof(progress->remedy), "%s", failure->remedy);
    }
    show_end_of_wait(progress, now);
}

void progress_show(struct progress *progress, const struct tr_status *status, int64_t now)
{
    const struct tr_registration *registration = status->registration;
    struct step_list steps = steps_of(progress->operation);
    size_t done = count_done(progress, status);

    for (; progress->done < done && progress->done < steps.n; progress->done++) {
        if (!progress->in_place)
            output_line(progress->stream, "%s ... done", steps.names[progress->done]);
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
