#include "ctl/console/notes.h"

#include "ctl/session/candidate.h"
#include "ctl/session/outcome.h"
#include "ctl/text/output.h"
#include "ctl/text/time-text.h"

#include <inttypes.h>

/* Prints a failure and what to do. A refused token has a sentence of the product's documentation. */
static void note_failure(FILE *stream, const char *what, const struct tr_failure *failure)
{
    if (streq(failure->reason, "token_rejected")) {
        output_line(stream, "The registration failed because of an invalid or expired token key.");
        output_line(stream, "%s", failure->message);
    } else
        output_line(stream, "%s: %s", what, failure->message);
    output_line(stream, "%s", failure->remedy);
}

static void note_next_attempt(FILE *stream, const struct tr_registration *registration)
{
    if (registration->next_attempt)
        output_line(stream, "The next attempt is at %s.", time_text_gmt(registration->next_attempt).text);
}

static void note_busy(FILE *stream, const struct tr_status *status)
{
    const struct tr_registration *registration = status->registration;
    bool registering = registration->state == TR_STATE_REGISTERING;

    output_line(stream,
        "The Cisco Cloud Service is busy. Navigate back to this page after some time to check the "
        "appliance status.");
    output_line(stream, "The appliance %s is in progress: use the status command to see how far it is.",
        registering ? "registration" : "deregistration");
    if (!status->enabled)
        output_line(stream, "It goes on when the Cisco Threat Response feature is enabled again.");
    if (registration->attempt == 0 || !registration->last_failure)
        return;
    note_failure(stream,
        registering ? "The last attempt to register failed" : "The last attempt to deregister failed",
        registration->last_failure);
    note_next_attempt(stream, registration);
    if (!registering)
        output_line(
            stream, "\"cloudserviceconfig deregister --local-only\" ends it without telling the cloud.");
}

/* Prints what is wrong with a registered appliance and what to do, or nothing if its health is ok. */
static void note_health(FILE *stream, const struct tr_status *status)
{
    const struct tr_registration *registration = status->registration;

    switch (registration->health) {
    case TR_HEALTH_NONE:
    case TR_HEALTH_OK:
    case TR_HEALTH_OTHER:
    case TR_HEALTH_DISABLED:
        break;
    case TR_HEALTH_UNREACHABLE:
        output_line(stream, "The Cisco Threat Response portal can't be reached at present.");
        break;
    case TR_HEALTH_RENEWAL_OVERDUE:
        output_line(stream, "The renewal of the appliance's certificate is overdue.");
        break;
    case TR_HEALTH_CERTIFICATE_EXPIRED:
        output_line(stream, "The appliance's certificate has expired.");
        break;
    case TR_HEALTH_SERVER_UNKNOWN:
    case TR_HEALTH_STATE_LOST:
    case TR_HEALTH_CONFIG_INVALID:
        return;
    case TR_HEALTH_REMOVED_IN_PORTAL:
    case TR_HEALTH_IDENTITY_CHANGED:
        output_line(stream,
            "Use \"cloudserviceconfig deregister --local-only\", then register the appliance with a "
            "new token.");
        return;
    }
    if (registration->operation != TR_OPERATION_NONE && registration->attempt > 0 &&
        registration->last_failure) {
        note_failure(stream, "The last attempt failed", registration->last_failure);
        note_next_attempt(stream, registration);
    }
}

static void note_registered(FILE *stream, const struct tr_status *status)
{
    switch (status->registration->health) {
    case TR_HEALTH_REMOVED_IN_PORTAL:
        output_line(stream, "The %s was removed in the Cisco Threat Response portal.", status->product);
        break;
    case TR_HEALTH_IDENTITY_CHANGED:
        output_line(
            stream, "The registration with the Cisco Threat Response portal belongs to another machine.");
        break;
    case TR_HEALTH_SERVER_UNKNOWN:
        output_line(stream,
            "The server of the registration is not in the list of servers any more; nothing is sent to "
            "the cloud.");
        break;
    case TR_HEALTH_STATE_LOST:
        output_line(stream, "The state of the appliance was lost; nothing is sent to the cloud.");
        break;
    case TR_HEALTH_CONFIG_INVALID:
        output_line(stream, "The configuration of the appliance is wrong; nothing is sent to the cloud.");
        break;
    case TR_HEALTH_NONE:
    case TR_HEALTH_OTHER:
    case TR_HEALTH_OK:
    case TR_HEALTH_DISABLED:
    case TR_HEALTH_UNREACHABLE:
    case TR_HEALTH_RENEWAL_OVERDUE:
    case TR_HEALTH_CERTIFICATE_EXPIRED:
        output_line(stream, "The %s is successfully registered with the Cisco Threat Response portal.",
            status->product);
    }
    note_health(stream, status);
}

/* Prints the notes on the registration; false if there are none. */
static bool note_state(FILE *stream, const struct tr_status *status)
{
    switch (status->registration->state) {
    case TR_STATE_REGISTERING:
    case TR_STATE_DEREGISTERING:
        note_busy(stream, status);
        return true;
    case TR_STATE_REGISTERED:
        note_registered(stream, status);
        return true;
    case TR_STATE_UNREGISTERED:
    case TR_STATE_OTHER:
        break;
    }
    if (outcome_get(TR_OPERATION_REGISTER, NULL, status) != OUTCOME_FAILED)
        return false;
    note_failure(stream, "The registration failed", status->registration->last_failure);
    return true;
}

void notes_print(FILE *stream, const struct tr_status *status)
{
    const struct tr_candidate *staged = candidate_of_caller(status);
    bool noted = note_state(stream, status);

    if (!status->enabled) {
        output_line(stream, "The Cisco Threat Response feature is currently disabled on your appliance. %s",
            staged && staged->has_enabled && staged->enabled
                ? "Use the commit command to make its enabling active."
                : "Use the threatresponseconfig command to enable it, and commit.");
        noted = true;
    }
    if (noted)
        fputc('\n', stream);
}
