#include "ctl/text/status-text.h"

#include "common/reason.h"
#include "ctl/text/output.h"
#include "ctl/text/settings-text.h"
#include "ctl/text/time-text.h"

#include <inttypes.h>

enum {
    CLOCK_SHOWN = 60, /* seconds; a smaller difference of the clocks is not shown */
};

/* Prints a server; one that left the list may have no host name any more. */
static void print_server(FILE *stream, const char *label, const struct tr_server *server)
{
    bool named = *server->fqdn;

    output_field(stream, label, "%s%s%s%s%s", server->label, named ? " (" : "", server->fqdn,
        named ? ")" : "",
        server->supported ? ""
        : server->number  ? ", not supported"
                          : ", not in the list of servers");
}

static void print_settings(FILE *stream, const struct tr_status *status)
{
    output_field(stream, "Appliance", "%s (%s)", status->name, status->product);
    output_field(stream, "Feature", "%s", status->enabled ? "enabled" : "disabled");
    print_server(stream, "Server", status->server);

    for (size_t i = 0; i < status->n_staged; i++) {
        const struct tr_candidate *candidate = status->staged[i];

        output_field(stream, "Staged", "%s by %s (uid %" PRId64 "), not committed",
            settings_text(candidate->has_enabled, candidate->enabled, candidate->server).text,
            candidate->user_name, candidate->uid);
    }
}

static void print_operation(
    FILE *stream, const struct tr_registration *registration, bool enabled, int64_t now)
{
    if (registration->operation != TR_OPERATION_NONE)
        output_field(stream, "Operation", "%s%s%s, %s", tr_operation_to_string(registration->operation),
            registration->step ? ", step " : "", registration->step ? registration->step : "",
            registration->running ? "running" : "waiting");
    if (registration->operation != TR_OPERATION_NONE && !registration->running && !enabled)
        output_field(stream, "  Remedy", "%s",
            "The operation waits until the feature is enabled: run trctl enable and trctl commit.");
    if (registration->attempt > 0)
        output_field(stream, "Attempts", "%" PRId64 " failed%s%s", registration->attempt,
            registration->next_attempt ? ", the next one " : "",
            registration->next_attempt ? time_text_relative(registration->next_attempt, now).text : "");
    else if (registration->next_attempt && !registration->running)
        output_field(stream, "Next attempt", "%s", time_text_relative(registration->next_attempt, now).text);
}

/* Prints the difference of the clocks in seconds: nothing is rounded that somebody sets a clock by. */
static void print_clock(FILE *stream, const char *label, int64_t offset)
{
    if (offset == 0 || offset == INT64_MIN)
        output_field(stream, label, "as the server's");
    else
        output_field(stream, label, "%" PRId64 " s %s the server's", offset < 0 ? -offset : offset,
            offset < 0 ? "behind" : "ahead of");
}

static void print_failure(FILE *stream, const struct tr_failure *failure, int64_t now)
{
    output_field(stream, "Last failure", "%s", time_text_relative(failure->time, now).text);
    output_field(stream, "  Reason", "%s (%s, step %s)%s", failure->reason,
        tr_operation_to_string(failure->operation), failure->step, failure->permanent ? ", permanent" : "");
    output_field(stream, "  Message", "%s", failure->message);
    output_field(stream, "  Remedy", "%s", failure->remedy);
    if (failure->request_id)
        output_field(stream, "  Request id", "%s", failure->request_id);
    if (failure->has_clock_offset)
        print_clock(stream, "  Clock", failure->clock_offset);
}

static void print_certificate(FILE *stream, const struct tr_certificate *certificate, int64_t now)
{
    output_field(stream, "Certificate", "%s, valid from %s", certificate->key_type,
        time_text_utc(certificate->not_before).text);
    output_field(stream, "  Expires", "%s", time_text_relative(certificate->not_after, now).text);
    output_field(stream, "  Next renewal", "%s", time_text_relative(certificate->next_renewal, now).text);
}

/* Returns the reason whose remedy ends a health; REASON_NONE if the health needs nobody. */
static enum reason reason_of_health(enum tr_health health)
{
    switch (health) {
    case TR_HEALTH_OTHER:
    case TR_HEALTH_NONE:
    case TR_HEALTH_OK:
    case TR_HEALTH_DISABLED:
    case TR_HEALTH_UNREACHABLE:     /* the last failure has the remedy */
    case TR_HEALTH_RENEWAL_OVERDUE: /* likewise */
    case TR_HEALTH_CONFIG_INVALID:  /* the fault of the configuration has it */
        return REASON_NONE;
    case TR_HEALTH_CERTIFICATE_EXPIRED:
        return REASON_CERTIFICATE_EXPIRED;
    case TR_HEALTH_REMOVED_IN_PORTAL:
        return REASON_REMOVED_IN_PORTAL;
    case TR_HEALTH_IDENTITY_CHANGED:
        return REASON_IDENTITY_CHANGED;
    case TR_HEALTH_SERVER_UNKNOWN:
        return REASON_SERVER_UNKNOWN;
    case TR_HEALTH_STATE_LOST:
        return REASON_STATE_LOST;
    }
    return REASON_NONE;
}

/* Returns true if the newest failure is of something else than the certificate, and lasts. */
static bool cloud_is_away(const struct tr_registration *registration)
{
    const struct tr_failure *failure = registration->last_failure;
    enum reason reason = failure ? reason_from_string(failure->reason) : REASON_NONE;

    return reason != REASON_NONE && !reason_is_permanent(reason) && reason != REASON_CERTIFICATE_REFUSED &&
           failure->time >= registration->last_success;
}

static const char *remedy_of_health(enum reason reason, const struct tr_registration *registration)
{
    enum tr_state state = registration->state;

    if (reason == REASON_SERVER_UNKNOWN)
        return reason_unknown_server_remedy(state == TR_STATE_REGISTERING, state != TR_STATE_UNREGISTERED);
    /* A registration would fail as the last attempt did. */
    if (reason == REASON_CERTIFICATE_EXPIRED && cloud_is_away(registration))
        return "First follow the remedy of the last failure. If the certificate is refused then, deregister "
               "with --local-only and register with a new token.";
    return reason_remedy(reason);
}

static void print_health(FILE *stream, const struct tr_registration *registration)
{
    enum tr_health health = registration->health;
    enum reason reason = reason_of_health(health);

    if (health != TR_HEALTH_NONE)
        output_field(stream, "Health", "%s", tr_health_to_string(health));
    if (reason != REASON_NONE)
        output_field(stream, "  Remedy", "%s", remedy_of_health(reason, registration));
}

static void print_registration(FILE *stream, const struct tr_status *status, int64_t now)
{
    const struct tr_registration *registration = status->registration;
    const struct tr_server *server = registration->server;

    output_field(stream, "State", "%s since %s", tr_state_to_string(registration->state),
        time_text_relative(registration->since, now).text);
    if (registration->requested_by)
        output_field(stream, "Requested by", "%s (uid %" PRId64 ")", registration->requested_by->user_name,
            registration->requested_by->uid);
    print_health(stream, registration);
    if (server && !streq(server->fqdn, status->server->fqdn))
        output_field(stream, "Registered with", "%s (%s)", server->label, server->fqdn);
    print_operation(stream, registration, status->enabled, now);
    if (registration->last_success)
        output_field(stream, "Last success", "%s", time_text_relative(registration->last_success, now).text);
    if (registration->last_failure)
        print_failure(stream, registration->last_failure, now);
    if (registration->has_clock_offset &&
        (registration->clock_offset > CLOCK_SHOWN || registration->clock_offset < -CLOCK_SHOWN)) {
        print_clock(stream, "Clock", registration->clock_offset);
        output_field(stream, "  Remedy", "%s", reason_remedy(REASON_CLOCK_SKEW));
    }
    if (registration->next_refresh)
        output_field(stream, "Next refresh", "%s", time_text_relative(registration->next_refresh, now).text);
    if (registration->tenant)
        output_field(stream, "Tenant", "%s (%s)", registration->tenant->name, registration->tenant->id);
    if (registration->guid)
        output_field(stream, "Device", "%s", registration->guid);
    if (registration->certificate)
        print_certificate(stream, registration->certificate, now);
}

void status_text_print(FILE *stream, const struct tr_status *status, int64_t now)
{
    print_settings(stream, status);
    print_registration(stream, status, now);
    if (status->cluster_mode != TR_CLUSTER_MODE_NONE)
        output_field(stream, "Cluster mode", "%s", tr_cluster_mode_to_string(status->cluster_mode));
    output_field(stream, "Proxy", "%s", status->proxy ? status->proxy : "none");
    if (status->state_fault)
        output_field(stream, "State fault", "%s", status->state_fault);
    if (status->config_fault) {
        output_field(stream, "Config fault", "%s", status->config_fault);
        output_field(stream, "  Remedy", "%s", reason_remedy(REASON_CONFIG_INVALID));
    }
}
