#include "daemon/registration/failure.h"

#include "common/clock.h"
#include "common/count-text.h"
#include "daemon/state/document.h"

#include <inttypes.h>
#include <stdio.h>
#include <strings.h>
#include <time.h>

/* A remedy that names commands, and the states in which they are not refused. */
struct remedy {
    enum reason reason;
    unsigned states;      /* a bit for each */
    const char *text;     /* NULL: that of the reason */
    bool works_while_off; /* the commands need no permission to send requests to the cloud */
    bool waits; /* for the next attempt, which is not made while requests to the cloud are not allowed */
};

#define UNREGISTERED (1u << STATE_UNREGISTERED)
#define REGISTERING (1u << STATE_REGISTERING)
#define REGISTERED (1u << STATE_REGISTERED)
#define DEREGISTERING (1u << STATE_DEREGISTERING)

#define ANEW "Cancel the registration and register again with a new token."

/* Reasons that are not here, or not in a state, have one remedy: that of the reason, which names no command or one that
 * is possible in each state. */
static const struct remedy remedies[] = {
    { REASON_TOKEN_REJECTED, UNREGISTERED, NULL },
    { REASON_BUSY, UNREGISTERED, "Wait until the running operation ends.", true },
    { REASON_ALREADY_REGISTERED, REGISTERED, NULL },
    { REASON_NOT_REGISTERED, UNREGISTERED, NULL },
    { REASON_NOT_REGISTERED, REGISTERING, "Wait until the registration has ended.", true },
    { REASON_NOT_REGISTERED, DEREGISTERING,
        "If the registration shall stay, run trctl cancel, then run trctl renew." },
    { REASON_SERVER_LOCKED, REGISTERED, NULL },
    { REASON_SERVER_LOCKED, REGISTERING, "Cancel the registration before you choose another server.", true },
    { REASON_SERVER_LOCKED, DEREGISTERING,
        "Deregister with --local-only, or wait until the deregistration has ended, before you choose another "
        "server.",
        true },
    { REASON_WRONG_REGION, UNREGISTERED, NULL },
    { REASON_WRONG_REGION, REGISTERING,
        "Cancel the registration, choose the server of the token's region and commit, then register with a "
        "new "
        "token." },
    { REASON_WRONG_REGION, REGISTERED | DEREGISTERING,
        "Deregister with --local-only, choose the server of the token's region and commit, then register "
        "with "
        "a new token." },
    { REASON_REMOVED_IN_PORTAL, UNREGISTERED, "Register with a new token, if the removal was not intended." },
    { REASON_REMOVED_IN_PORTAL, REGISTERING,
        "Wait until the agent has asked again, or cancel the registration if the removal was intended.",
        true },
    { REASON_REMOVED_IN_PORTAL, REGISTERED | DEREGISTERING, NULL },
    { REASON_DEVICE_CONFLICT, UNREGISTERED, NULL },
    { REASON_DEVICE_CONFLICT, REGISTERING,
        "Cancel the registration, run reset-identity, then register again with a new token." },
    { REASON_DEVICE_CONFLICT, REGISTERED | DEREGISTERING,
        "Deregister with --local-only and register with a new token." },
    { REASON_EST_PENDING, UNREGISTERED, "Register again with a new token." },
    { REASON_EST_REJECTED, UNREGISTERED, NULL },
    { REASON_EST_REJECTED, REGISTERING, ANEW },
    { REASON_EST_REJECTED, REGISTERED,
        "Ask the portal's support why the certificate authority refuses; the agent tries again meanwhile. If "
        "it goes on, deregister and register with a new token." },
    { REASON_EST_REJECTED, DEREGISTERING, "Ask the portal's support.", true },
    { REASON_CERTIFICATE_EXPIRED, UNREGISTERED, "Register with a new token." },
    { REASON_CERTIFICATE_EXPIRED, REGISTERING, ANEW },
    { REASON_CERTIFICATE_EXPIRED, REGISTERED | DEREGISTERING, NULL },
    { REASON_CERTIFICATE_REFUSED, UNREGISTERED, "Register with a new token." },
    { REASON_CERTIFICATE_REFUSED, REGISTERING, ANEW },
    { REASON_CERTIFICATE_REFUSED, REGISTERED | DEREGISTERING, NULL },
    { REASON_RATE_LIMITED, UNREGISTERED, "Register again after the time that the cloud asked for." },
    { REASON_RATE_LIMITED, REGISTERING | REGISTERED | DEREGISTERING, NULL, .waits = true },
    { REASON_SERVER_ERROR, UNREGISTERED, "Register again later: the cloud had a fault." },
    { REASON_SERVER_ERROR, REGISTERING | REGISTERED | DEREGISTERING, NULL, .waits = true },
    { REASON_EST_PENDING, REGISTERING | REGISTERED | DEREGISTERING, NULL, .waits = true },
};

/* What can be done about the failure of a step of a registered appliance, where the remedy of the reason is about another
 * certificate than the one that the step shows. The commands are possible while requests to the cloud are allowed. */
static const struct {
    enum reason reason;
    const char *step, *text;
} step_remedies[] = {
    { REASON_CERTIFICATE_REFUSED, "renewal-proof",
        "The certificate in use stays. Run trctl renew to get another new one at once; if that is also "
        "refused, ask the portal's support." },
    { REASON_CERTIFICATE_EXPIRED, "renewal-proof",
        "The certificate in use stays. Check the appliance's clock, then run trctl renew to get another new "
        "one." },
    { REASON_CERTIFICATE_UNUSABLE, "renewal-proof",
        "The certificate in use stays. Run trctl renew to get another new one at once." },
    { REASON_CERTIFICATE_UNUSABLE, "refresh",
        "The saved certificate or key can't be used. Deregister with --local-only and register with a new "
        "token." },
    { REASON_CERTIFICATE_UNUSABLE, "delete",
        "The saved certificate or key can't be used. Deregister with --local-only, and remove the appliance "
        "in the portal." },
    { REASON_CERTIFICATE_REFUSED, "delete",
        "Deregister with --local-only, and remove the appliance in the portal." },
    { REASON_CERTIFICATE_EXPIRED, "delete",
        "Deregister with --local-only, and remove the appliance in the portal." },
};

/* One denial of the portal to know the device is no proof of a removal. */
static const struct remedy unproved_removal = { REASON_REMOVED_IN_PORTAL, REGISTERED,
    "Wait until the agent has asked again: one denial proves no removal.", .waits = true };

static const struct remedy *find_remedy(enum reason reason, enum state state)
{
    for (size_t i = 0; i < ELEMENTS(remedies); i++)
        if (remedies[i].reason == reason && remedies[i].states & 1u << state)
            return &remedies[i];
    return NULL;
}

/* Returns why no request to the cloud is allowed; REASON_NONE if they are. */
static enum reason find_hindrance(const struct core *core)
{
    if (core->config_missing)
        return REASON_CONFIG_INVALID;
    if (core->store.lost)
        return REASON_STATE_LOST;
    if (!core_is_enabled(core))
        return REASON_FEATURE_DISABLED;
    if (core_identity_is_foreign(core))
        return REASON_IDENTITY_CHANGED;
    if (core->store.read_only)
        return REASON_STATE_IO;
    return core_region_is_unknown(core) ? REASON_SERVER_UNKNOWN : REASON_NONE;
}

/* Returns the text of a remedy of a reason in a state. */
static const char *choose_text(const struct remedy *remedy, enum reason reason, enum state state)
{
    if (reason == REASON_SERVER_UNKNOWN)
        return reason_unknown_server_remedy(state == STATE_REGISTERING, state != STATE_UNREGISTERED);
    return remedy && remedy->text ? remedy->text : reason_remedy(reason);
}

/* As failure_remedy, for a state that the appliance may be about to enter. */
static const char *write_remedy(const struct registration *r, enum reason reason, enum state state, char *out)
{
    bool unproved =
        reason == REASON_REMOVED_IN_PORTAL && state == STATE_REGISTERED && !registration_saved(r)->removed;
    const struct remedy *remedy = unproved ? &unproved_removal : find_remedy(reason, state);
    enum reason hindrance = remedy && !remedy->works_while_off ? find_hindrance(r->core) : REASON_NONE;

    /* Whatever hinders the commands has to end first; a disabled feature is the one hindrance that leaves their
     * purpose as it is. */
    if (hindrance == REASON_FEATURE_DISABLED && !remedy->waits)
        snprintf(
            out, FAILURE_REMEDY_MAX, "%s %s", reason_remedy(hindrance), choose_text(remedy, reason, state));
    else if (hindrance != REASON_NONE)
        snprintf(out, FAILURE_REMEDY_MAX, "%s", choose_text(find_remedy(hindrance, state), hindrance, state));
    else
        snprintf(out, FAILURE_REMEDY_MAX, "%s", choose_text(remedy, reason, state));
    return out;
}

/* As write_remedy, for a failure of a step. */
static const char *write_step_remedy(
    const struct registration *r, enum reason reason, const char *step, enum state state, char *out)
{
    bool registered = state == STATE_REGISTERED || state == STATE_DEREGISTERING;

    if (registered && find_hindrance(r->core) == REASON_NONE)
        for (size_t i = 0; i < ELEMENTS(step_remedies); i++)
            if (step_remedies[i].reason == reason && streq0(step, step_remedies[i].step)) {
                snprintf(out, FAILURE_REMEDY_MAX, "%s", step_remedies[i].text);
                return out;
            }
    return write_remedy(r, reason, state, out);
}

const char *failure_remedy(const struct registration *r, enum reason reason, char *out)
{
    return write_remedy(r, reason, registration_saved(r)->state, out);
}

json_object *failure_new(const struct registration *r, enum operation operation, const char *step,
    enum reason reason, const char *message, bool permanent)
{
    bool ends = permanent && operation == OPERATION_REGISTER;
    json_object *failure = json_object_new_object();
    char remedy[FAILURE_REMEDY_MAX];

    if (!failure)
        return NULL;
    json_add_string(failure, "reason", reason_to_string(reason));
    json_add_string(failure, "message", message);
    json_add_string(failure, "remedy",
        write_step_remedy(r, reason, step, ends ? STATE_UNREGISTERED : registration_saved(r)->state, remedy));
    json_add_bool(failure, "permanent", permanent);
    json_add_int(failure, "time", (int64_t)time(NULL));
    json_add_string(failure, "operation", operation_names[operation]);
    json_add_string(failure, "step", step);
    return failure;
}

/* Replaces the remedy of a failure whose cause is that the certificate authority forbids the enrolment. Its reason is
 * that of a fault, as a person may still approve: attempts count the refusals, and only they make it permanent. */
static void name_authority(
    const struct registration *r, enum reason reason, json_object *failure, char *remedy)
{
    const char *step = json_get_string(failure, "step");
    bool registering = streq0(step, "certificate");
    enum operation operation = registering ? OPERATION_REGISTER : OPERATION_RENEW;
    int64_t patience = (int64_t)((r->core->config->refusal_patience + USEC_PER_SEC - 1) / USEC_PER_SEC);

    if (reason != REASON_SERVER_ERROR || (!registering && !streq0(step, "renewal-certificate")) ||
        find_hindrance(r->core) != REASON_NONE)
        return;
    if (json_get_bool(failure, "permanent", false) && registering)
        snprintf(remedy, FAILURE_REMEDY_MAX,
            "Ask the certificate authority's administrator to allow the appliance, then register with a new "
            "token.");
    else if (r->attempts[operation].refusals > 0)
        snprintf(remedy, FAILURE_REMEDY_MAX,
            "Ask the certificate authority's administrator to allow the appliance: the %s goes on by itself "
            "then. trctl cancel ends it, and so do refusals over %s (timing.refusal_patience).",
            registering ? "registration" : "renewal", count_text(patience, "second").text);
}

void failure_end(const struct registration *r, json_object *failure)
{
    enum reason reason = reason_from_string(json_get_string(failure, "reason"));
    enum state next = r->operation == OPERATION_REGISTER ? STATE_UNREGISTERED : STATE_REGISTERED;
    char remedy[FAILURE_REMEDY_MAX];

    json_add_bool(failure, "permanent", true);
    write_step_remedy(r, reason, json_get_string(failure, "step"), next, remedy);
    name_authority(r, reason, failure, remedy);
    document_set_string(failure, "remedy", remedy);
}

/* Adds to the remedy of a failure, whose operation waits, that the appliance's own limit makes it wait. */
static void add_limit(const struct registration *r, json_object *failure, char *remedy)
{
    const char *name = json_get_string(failure, "operation");
    const int64_t allowed = r->core->config->attempts_per_hour;
    size_t used = strlen(remedy);

    for (enum operation i = 0; i < OPERATION_MAX_; i++)
        if (streq0(name, operation_names[i]) && attempts_wait_after_failure(&r->attempts[i]) &&
            attempts_wait_for_hour(&r->attempts[i], (unsigned)allowed) > 0)
            snprintf(remedy + used, FAILURE_REMEDY_MAX - used,
                " The next attempt waits for the appliance's own limit, timing.attempts_per_hour (%" PRId64
                ").",
                allowed);
}

json_object *failure_show(const struct registration *r)
{
    enum reason reason = reason_from_string(json_get_string(r->last_failure, "reason"));
    char remedy[FAILURE_REMEDY_MAX];
    json_object *copy = NULL;

    if (!r->last_failure || json_object_deep_copy(r->last_failure, &copy, NULL) < 0)
        return NULL;
    /* The remedy of a token of another region names that region, and a reason of another version has its own. */
    if (reason != REASON_NONE && reason != REASON_WRONG_REGION) {
        write_step_remedy(r, reason, json_get_string(copy, "step"), registration_saved(r)->state, remedy);
        name_authority(r, reason, copy, remedy);
        add_limit(r, copy, remedy);
        document_set_string(copy, "remedy", remedy);
    }
    return copy;
}

void failure_fit_refusal(const struct registration *r, struct refusal *refusal)
{
    /* No refusal comes from the cloud: this one is of the appliance's own limit. */
    if (refusal->reason == REASON_RATE_LIMITED)
        snprintf(refusal->remedy, sizeof(refusal->remedy),
            "Wait for the time that is named: the limit is the appliance's own, timing.attempts_per_hour "
            "(%" PRId64 ").",
            r->core->config->attempts_per_hour);
    else
        failure_remedy(r, refusal->reason, refusal->remedy);
}

void failure_set_region_remedy(json_object *failure, const struct core *core, const char *region)
{
    const struct region *known = region ? config_find_region(core->config, region) : NULL;
    char remedy[512];

    if (!region)
        return;
    if (!known || strcasecmp(known->label, region) != 0)
        snprintf(remedy, sizeof(remedy),
            "The token is for the region %s, which is not in the list of servers: get a token of %s, or add "
            "the server.",
            region, core_region_label(core));
    else if (!known->supported)
        snprintf(remedy, sizeof(remedy),
            "The token is for the region %s, which the integration does not support: get a token of another "
            "region.",
            known->label);
    else
        snprintf(remedy, sizeof(remedy),
            "The token is for the region %s: choose the server %s (%s) and commit, then register with a new "
            "token.",
            known->label, known->label, known->fqdn);
    document_set_string(failure, "remedy", remedy);
}
