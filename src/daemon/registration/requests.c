#include "daemon/registration/requests.h"

#include "common/clock.h"
#include "common/count-text.h"
#include "common/log.h"
#include "daemon/registration/give-up.h"
#include "daemon/registration/sequence.h"
#include "daemon/registration/steps.h"
#include "daemon/registration/transition.h"
#include "daemon/state/document.h"

#include <errno.h>
#include <inttypes.h>
#include <time.h>

static bool token_is_well_formed(const char *token)
{
    size_t length = strlen(token);

    return length >= 16 && length <= 512 &&
           strspn(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.") == length;
}

/* Returns true if requests to the cloud are allowed, else false and the refusal. */
static bool check_cloud(const struct registration *r, struct refusal *ret)
{
    if (core_config_is_missing(r->core, ret) || core_state_is_lost(r->core, ret))
        return false;
    if (!core_is_enabled(r->core))
        return refusal_set(ret, REASON_FEATURE_DISABLED,
            "The Cisco Threat Response feature is currently disabled on your appliance.");
    if (core_identity_is_foreign(r->core))
        return refusal_set(ret, REASON_IDENTITY_CHANGED, "The registration belongs to another machine.");
    if (r->core->store.read_only)
        return refusal_set(ret, REASON_STATE_IO, "%s", r->core->store.fault);
    return core_check_region(r->core, ret);
}

/* Returns true if the appliance is unregistered, else false and the refusal; "as" ends the sentence for a
 * registered appliance. */
static bool check_unregistered(const struct registration *r, const char *as, struct refusal *ret)
{
    const struct saved *saved = registration_saved(r);
    const char *label = saved->region_label ? saved->region_label : "";

    switch (saved->state) {
    case STATE_UNREGISTERED:
        break;
    case STATE_REGISTERING:
        return refusal_set(ret, REASON_BUSY, "The appliance is being registered with %s already.", label);
    case STATE_DEREGISTERING:
        return refusal_set(ret, REASON_BUSY, "The appliance is being deregistered from %s.", label);
    case STATE_REGISTERED:
        return refusal_set(
            ret, REASON_ALREADY_REGISTERED, "The appliance is registered with %s%s.", label, as);
    }
    return true;
}

static void note_requester(json_object *document, const struct requester *requester)
{
    json_object *user = json_object_new_object();

    if (user) {
        json_add_int(user, "uid", requester->uid);
        json_add_string(user, "userName", requester->name);
    }
    document_set(document_registration(document), "requestedBy", user);
}

/* Enters a requested state and saves who asked. Takes the document over (NULL: there was no memory for it). Returns
 * false and the refusal if the state can't be saved. */
static bool enter_requested(struct registration *r, const struct requester *requester, json_object *document,
    enum state state, struct refusal *ret)
{
    int result = -ENOMEM;

    if (document) {
        note_requester(document, requester);
        result = transition_enter(r, document, state);
    }
    if (result < 0)
        return core_refuse_unsaved(r->core, "The state", ret);
    return true;
}

/* Marks the appliance as once registered: the next start is no first boot (first-boot.h). */
static void mark_registered(json_object *document)
{
    if (document)
        document_set(document, "everRegistered", json_object_new_boolean(true));
}

/* Returns a document that begins a registration with the region in effect; NULL without memory. */
static json_object *begin_registration(const struct core *core, const char *token)
{
    const struct region *region = core_region(core);
    json_object *document = store_begin(&core->store), *registration = document_registration(document);
    json_object *place = json_object_new_object();

    if (!document || !place) {
        json_object_put(place);
        return json_put_erased(document);
    }
    document_forget_attempt(registration);
    json_add_string(place, "label", region->label);
    json_add_string(place, "fqdn", region->fqdn);
    document_set(registration, "server", place);
    document_set(registration, "lastFailure", NULL);
    document_set_string(registration, "token", token);
    document_set_string(registration, step_member(OPERATION_REGISTER), step_first(OPERATION_REGISTER)->name);
    document_set_string(document, "machineId", core->machine_id);
    return document;
}

/* Returns false and the refusal if the operation was attempted as often within the hour as is allowed. */
static bool check_hour(const struct registration *r, enum operation operation, struct refusal *ret)
{
    static const char *const nouns[OPERATION_MAX_] = {
        [OPERATION_REGISTER] = "registration",
        [OPERATION_DEREGISTER] = "deregistration",
        [OPERATION_REFRESH] = "refresh",
        [OPERATION_RENEW] = "renewal",
    };
    const int64_t allowed = r->core->config->attempts_per_hour;
    uint64_t wait = attempts_wait_for_hour(&r->attempts[operation], (unsigned)allowed);

    if (wait == 0)
        return true;
    return refusal_set(ret, REASON_RATE_LIMITED,
        "The %s was attempted %s within the hour; the next attempt is possible in %s.", nouns[operation],
        count_text(allowed, "time").text,
        count_text((int64_t)(wait / (60 * USEC_PER_SEC)) + 1, "minute").text);
}

bool registration_register(
    struct registration *r, const struct requester *requester, const char *token, struct refusal *ret)
{
    if (!check_cloud(r, ret) || !check_unregistered(r, " already", ret))
        return false;
    if (!check_hour(r, OPERATION_REGISTER, ret))
        return false;
    if (!token_is_well_formed(token))
        return refusal_set(ret, REASON_TOKEN_MALFORMED,
            "The token is not well-formed (%s): a token has 16 to 512 characters of - . _ 0-9 A-Z a-z.",
            count_text((int64_t)strlen(token), "character").text);

    json_object *document = begin_registration(r->core, token);
    mark_registered(document);
    if (!enter_requested(r, requester, document, STATE_REGISTERING, ret))
        return false;
    r->last_failure = json_put_erased(r->last_failure);
    return true;
}

static bool deregister_locally(
    struct registration *r, const struct requester *requester, const char **ret_notice, struct refusal *ret)
{
    json_object *document = store_begin(&r->core->store);

    if (document)
        document_forget_identity(document);
    mark_registered(document);
    if (!enter_requested(r, requester, document, STATE_UNREGISTERED, ret))
        return false;
    *ret_notice = "The appliance was deregistered locally; the cloud was not told. If it is still listed "
                  "under Devices in the Cisco Threat Response portal, remove it there.";
    return true;
}

bool registration_deregister(struct registration *r, const struct requester *requester, bool local_only,
    const char **ret_notice, struct refusal *ret)
{
    enum state state = registration_saved(r)->state;

    *ret_notice = NULL;
    if (state == STATE_UNREGISTERED)
        return refusal_set(ret, REASON_NOT_REGISTERED, "The appliance is not registered.");
    if (local_only)
        return deregister_locally(r, requester, ret_notice, ret);
    if (state != STATE_REGISTERED)
        return refusal_set(ret, REASON_BUSY, "The appliance is being %s.",
            state == STATE_REGISTERING ? "registered" : "deregistered already");
    if (!check_cloud(r, ret))
        return false;

    json_object *document = store_begin(&r->core->store);
    if (document)
        document_set_string(document_registration(document), step_member(OPERATION_DEREGISTER),
            step_first(OPERATION_DEREGISTER)->name);
    mark_registered(document);
    return enter_requested(r, requester, document, STATE_DEREGISTERING, ret);
}

/* Returns true if a server refused the new pair of the current renewal. */
static bool new_pair_is_refused(const struct registration *r)
{
    const char *operation = json_get_string(r->last_failure, "operation");
    enum reason reason = reason_from_string(json_get_string(r->last_failure, "reason"));

    return registration_saved(r)->steps[OPERATION_RENEW] &&
           (r->attempts[OPERATION_RENEW].refusals > 0 ||
               (streq0(operation, operation_names[OPERATION_RENEW]) && give_up_is_refusal(reason, -1)));
}

/* Drops the new pair, so that the renewal begins with another key. Returns true, or false and the refusal. */
static bool drop_new_pair(struct registration *r, struct refusal *ret)
{
    json_object *document = store_begin(&r->core->store);
    int result = -ENOMEM;

    if (document) {
        document_forget_renewal(document_registration(document));
        result = store_commit(&r->core->store, document);
    }
    return result >= 0 || core_refuse_unsaved(r->core, "The state", ret);
}

bool registration_renew(struct registration *r, struct refusal *ret)
{
    if (registration_saved(r)->state != STATE_REGISTERED)
        return refusal_set(ret, REASON_NOT_REGISTERED,
            "The appliance is not registered, so it has no certificate to renew.");
    if (!check_cloud(r, ret))
        return false;
    if (registration_saved(r)->removed)
        return refusal_set(
            ret, REASON_REMOVED_IN_PORTAL, "The appliance was removed in the Cisco Threat Response portal.");
    if (registration_is_running(r) && r->operation == OPERATION_RENEW)
        return refusal_set(ret, REASON_BUSY, "The certificate is being renewed already.");

    if (new_pair_is_refused(r) && !drop_new_pair(r, ret))
        return false;
    attempts_plan(&r->attempts[OPERATION_RENEW], 0);
    sequence_arm(r);
    core_changed(r->core);
    return true;
}

/* Returns true if a renewal of the certificate runs or waits. */
static bool renewal_is_under_way(const struct registration *r)
{
    return registration_saved(r)->state == STATE_REGISTERED &&
           ((registration_is_running(r) && r->operation == OPERATION_RENEW) ||
               registration_saved(r)->steps[OPERATION_RENEW] ||
               attempts_are_planned(&r->attempts[OPERATION_RENEW]));
}

/* Drops the new pair of a renewal. The next renewal comes after a pause, at its planned date
 * at the earliest. */
static bool cancel_renewal(struct registration *r, const struct requester *requester, struct refusal *ret)
{
    json_object *document = store_begin(&r->core->store), *registration = document_registration(document);
    int64_t planned = registration_saved(r)->next_renewal;
    int result = document ? give_up_new_pair(r, registration) : -ENOMEM;

    if (result >= 0) {
        if (planned != SAVED_NEVER && planned > json_get_int(registration, "nextRenewal", 0))
            document_set(registration, "nextRenewal", json_object_new_int64(planned));
        note_requester(document, requester);
        result = store_commit(&r->core->store, document);
    } else
        json_put_erased(document);
    if (result < 0)
        return core_refuse_unsaved(r->core, "The state", ret);
    if (r->operation == OPERATION_RENEW)
        registration_end_operation(r);
    attempts_forget(&r->attempts[OPERATION_RENEW]);
    sequence_replan(r);
    core_changed(r->core);
    return true;
}

bool registration_cancel(struct registration *r, const struct requester *requester,
    enum operation *ret_operation, struct refusal *ret)
{
    enum state state = registration_saved(r)->state;
    bool registering = state == STATE_REGISTERING;

    *ret_operation = OPERATION_NONE;
    if (renewal_is_under_way(r)) {
        if (!cancel_renewal(r, requester, ret))
            return false;
        *ret_operation = OPERATION_RENEW;
        return true;
    }
    if (!registering && state != STATE_DEREGISTERING)
        return true;

    json_object *document = store_begin(&r->core->store);
    if (document && registering)
        document_forget_attempt(document_registration(document));
    else if (document)
        document_set(document_registration(document), step_member(OPERATION_DEREGISTER), NULL);
    mark_registered(document);
    if (!enter_requested(r, requester, document, registering ? STATE_UNREGISTERED : STATE_REGISTERED, ret))
        return false;
    *ret_operation = registering ? OPERATION_REGISTER : OPERATION_DEREGISTER;
    return true;
}

bool registration_retry(struct registration *r, enum operation *ret_operation, struct refusal *ret)
{
    bool allowed = false;

    *ret_operation = OPERATION_NONE;
    ret->reason = REASON_NONE;
    store_look_again(&r->core->store);
    if (!check_cloud(r, ret))
        return false;
    if (registration_is_running(r))
        return refusal_set(ret, REASON_BUSY, "An attempt runs already.");
    for (enum operation i = 0; i < OPERATION_MAX_; i++) {
        struct refusal refusal;

        if (!attempts_wait_after_failure(&r->attempts[i]))
            continue;
        if (!check_hour(r, i, &refusal)) {
            if (!allowed)
                *ret = refusal;
            continue;
        }
        attempts_move(&r->attempts[i], 0);
        if (!allowed)
            *ret_operation = i;
        allowed = true;
    }
    if (!allowed)
        return ret->reason == REASON_NONE;
    sequence_arm(r);
    core_changed(r->core);
    return true;
}

bool registration_reset_identity(
    struct registration *r, const struct requester *requester, struct refusal *ret)
{
    /* Refuse: the cloud knows the identity, and it is this machine's, so Deregister is the way. */
    if (!core_identity_is_foreign(r->core) &&
        !check_unregistered(r, ", and the registration belongs to this machine", ret))
        return false;
    store_start_as_new(&r->core->store);
    json_object *document = store_begin(&r->core->store);
    if (document) {
        document_forget_identity(document);
        document_set(document_registration(document), "lastFailure", NULL);
        document_set(document, "everRegistered", NULL);
    }
    if (!enter_requested(r, requester, document, STATE_UNREGISTERED, ret))
        return false;
    r->last_failure = json_put_erased(r->last_failure);
    r->last_success = 0;
    store_destroy_corrupt(&r->core->store);
    core_changed(r->core);
    log_notice("The identity of the appliance was forgotten; the next registration makes a new one.");
    return true;
}
