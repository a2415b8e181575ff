#include "ctl/text/status-text.h"

#include "ctl/text/output.h"
#include "ctl/text/time-text.h"

#include <inttypes.h>

enum {
    CLOCK_SHOWN = 60, /* seconds; clocks that differ by less are no news */
};

static void print_settings(FILE *stream, const struct tr_status *status)
{
    ctl_field(stream, "Appliance", "%s (%s)", status->name, status->product);
    ctl_field(stream, "Feature", "%s", status->enabled ? "enabled" : "disabled");
    ctl_field(stream, "Server", "%s (%s)%s", status->server->label, status->server->fqdn,
        status->server->supported ? "" : ", not supported");

    for (size_t i = 0; i < status->n_staged; i++) {
        const struct tr_candidate *candidate = status->staged[i];

        ctl_field(stream, "Staged", "%s%s%s%s by %s (uid %" PRId64 "), not committed",
            !candidate->has_enabled ? ""
            : candidate->enabled    ? "enabled"
                                    : "disabled",
            candidate->has_enabled && candidate->server ? ", " : "", candidate->server ? "server " : "",
            candidate->server ? candidate->server : "", candidate->user_name, candidate->uid);
    }
}

static void print_operation(FILE *stream, const struct tr_registration *registration, int64_t now)
{
    if (registration->operation != TR_OPERATION_NONE)
        ctl_field(stream, "Operation", "%s%s%s, %s", tr_operation_to_string(registration->operation),
            registration->step ? ", step " : "", registration->step ? registration->step : "",
            registration->running ? "running" : "waiting");
    if (registration->attempt > 0)
        ctl_field(stream, "Attempts", "%" PRId64 " failed%s%s", registration->attempt,
            registration->next_attempt ? ", the next one " : "",
            registration->next_attempt ? ctl_time_relative(registration->next_attempt, now).text : "");
    else if (registration->next_attempt && !registration->running)
        ctl_field(stream, "Next attempt", "%s", ctl_time_relative(registration->next_attempt, now).text);
}

/* In seconds, as one sets a clock. */
static void print_clock(FILE *stream, const char *label, int64_t offset)
{
    if (offset == 0 || offset == INT64_MIN)
        ctl_field(stream, label, "as the server's");
    else
        ctl_field(stream, label, "%" PRId64 " s %s the server's", offset < 0 ? -offset : offset,
            offset < 0 ? "behind" : "ahead of");
}

static void print_failure(FILE *stream, const struct tr_failure *failure, int64_t now)
{
    ctl_field(stream, "Last failure", "%s", ctl_time_relative(failure->time, now).text);
    ctl_field(stream, "  Reason", "%s (%s, step %s)%s", failure->reason,
        tr_operation_to_string(failure->operation), failure->step, failure->permanent ? ", permanent" : "");
    ctl_field(stream, "  Message", "%s", failure->message);
    ctl_field(stream, "  Remedy", "%s", failure->remedy);
    if (failure->request_id)
        ctl_field(stream, "  Request id", "%s", failure->request_id);
    if (failure->has_clock_offset)
        print_clock(stream, "  Clock", failure->clock_offset);
}

static void print_certificate(FILE *stream, const struct tr_certificate *certificate, int64_t now)
{
    ctl_field(stream, "Certificate", "%s, valid from %s", certificate->key_type,
        ctl_time(certificate->not_before).text);
    ctl_field(stream, "  Expires", "%s", ctl_time_relative(certificate->not_after, now).text);
    ctl_field(stream, "  Next renewal", "%s", ctl_time_relative(certificate->next_renewal, now).text);
}

static void print_registration(FILE *stream, const struct tr_status *status, int64_t now)
{
    const struct tr_registration *registration = status->registration;
    const struct tr_server *server = registration->server;

    ctl_field(stream, "State", "%s since %s", tr_state_to_string(registration->state),
        ctl_time_relative(registration->since, now).text);
    if (registration->requested_by)
        ctl_field(stream, "Requested by", "%s (uid %" PRId64 ")", registration->requested_by->user_name,
            registration->requested_by->uid);
    if (registration->health != TR_HEALTH_NONE)
        ctl_field(stream, "Health", "%s", tr_health_to_string(registration->health));
    if (server && !streq(server->fqdn, status->server->fqdn))
        ctl_field(stream, "Registered with", "%s (%s)", server->label, server->fqdn);
    print_operation(stream, registration, now);
    if (registration->last_success)
        ctl_field(stream, "Last success", "%s", ctl_time_relative(registration->last_success, now).text);
    if (registration->last_failure)
        print_failure(stream, registration->last_failure, now);
    if (registration->has_clock_offset &&
        (registration->clock_offset > CLOCK_SHOWN || registration->clock_offset < -CLOCK_SHOWN))
        print_clock(stream, "Clock", registration->clock_offset);
    if (registration->next_refresh)
        ctl_field(stream, "Next refresh", "%s", ctl_time_relative(registration->next_refresh, now).text);
    if (registration->tenant)
        ctl_field(stream, "Tenant", "%s (%s)", registration->tenant->name, registration->tenant->id);
    if (registration->guid)
        ctl_field(stream, "Device", "%s", registration->guid);
    if (registration->certificate)
        print_certificate(stream, registration->certificate, now);
}

void ctl_print_status(FILE *stream, const struct tr_status *status, int64_t now)
{
    print_settings(stream, status);
    print_registration(stream, status, now);
    if (status->cluster_mode != TR_CLUSTER_MODE_NONE)
        ctl_field(stream, "Cluster mode", "%s", tr_cluster_mode_to_string(status->cluster_mode));
    ctl_field(stream, "Proxy", "%s", status->proxy ? status->proxy : "none");
    if (status->state_fault)
        ctl_field(stream, "State fault", "%s", status->state_fault);
    if (status->config_fault)
        ctl_field(stream, "Config fault", "%s", status->config_fault);
}
