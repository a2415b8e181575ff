#include "daemon/registration/registration.h"

#include "common/random.h"
#include "common/user-name.h"
#include "daemon/core/retry.h"
#include "daemon/manager.h"
#include "daemon/registration/first-boot.h"
#include "daemon/registration/identity.h"
#include "daemon/registration/report.h"
#include "daemon/registration/sequence.h"
#include "daemon/registration/steps.h"

#include <errno.h>
#include <time.h>

const char *const state_names[] = { "unregistered", "registering", "registered", "deregistering", NULL };
const char *const operation_names[] = { "register", "deregister", "refresh", "renew", NULL };

static json_object *saved(const struct registration *r)
{
    return store_registration(r->manager->store.document);
}

enum state registration_state(const struct registration *r)
{
    const char *name = json_get_string(saved(r), "state");
    enum state state = STATE_UNREGISTERED;

    while (state < STATE_DEREGISTERING && !streq(state_names[state], name))
        state++;
    return state;
}

bool registration_may_use_cloud(const struct registration *r)
{
    return settings_enabled(r->manager) && !r->manager->store.read_only && !identity_is_foreign(r->manager);
}

bool registration_token_is_well_formed(const char *token)
{
    size_t length = strlen(token);

    return length >= 16 && length <= 512 &&
           strspn(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.") == length;
}

int registration_enter(struct registration *r, json_object *document, enum state state)
{
    json_object *registration = store_registration(document);
    enum state old = registration_state(r);
    struct report_subject subject;

    report_subject_read(&subject, r, state == STATE_UNREGISTERED ? saved(r) : registration);
    report_requester_read(&subject, registration);
    if (state != old) {
        store_set_string(registration, "state", state_names[state]);
        store_set(registration, "since", json_object_new_int64((int64_t)time(NULL)));
    }
    int result = store_commit(&r->manager->store, document);
    if (result < 0)
        return result;

    if (state != old)
        report_state(r, &subject, old, state);
    sequence_clear(r);
    registration_reconsider(r);
    manager_changed(r->manager);
    return 0;
}

void registration_note_failure(struct registration *r, json_object *document, json_object *failure)
{
    json_object *copy = NULL;

    if (failure != r->last_failure) {
        json_put_erased(r->last_failure);
        r->last_failure = failure;
    }
    if (document && failure && json_object_deep_copy(failure, &copy, NULL) >= 0)
        store_set(store_registration(document), "lastFailure", copy);
}

/* A registered appliance: the next refresh; the renewal comes by its own time. */
static void plan_registered(struct registration *r)
{
    uint64_t interval = sequence_refresh_interval(r);
    int64_t now = (int64_t)time(NULL);

    if (json_get_bool(saved(r), "removed", false)) {
        sequence_clear(r);
        return;
    }
    if (r->attempts[OPERATION_REFRESH].due == UINT64_MAX) {
        /* After a long silence the cloud is told soon, but not by all appliances of a site at once. */
        if (r->last_success > now || (uint64_t)(now - r->last_success) >= interval / USEC_PER_SEC)
            sequence_plan(r, OPERATION_REFRESH, retry_jitter(interval / 40, 1, random_value()));
        else
            sequence_plan_refresh(r);
    }
}

void registration_reconsider(struct registration *r)
{
    if (!registration_may_use_cloud(r))
        sequence_clear(r);
    else
        switch (registration_state(r)) {
        case STATE_UNREGISTERED:
            break;
        case STATE_REGISTERING:
            if (r->attempts[OPERATION_REGISTER].due == UINT64_MAX)
                sequence_plan(r, OPERATION_REGISTER, 0);
            break;
        case STATE_DEREGISTERING:
            if (r->attempts[OPERATION_DEREGISTER].due == UINT64_MAX)
                sequence_plan(r, OPERATION_DEREGISTER, 0);
            break;
        case STATE_REGISTERED:
            plan_registered(r);
            break;
        }
    sequence_arm(r);
}

int registration_start(struct registration *r, struct manager *manager)
{
    json_object *failure;

    *r = (struct registration){ .manager = manager };
    int result = sequence_start(r);
    if (result < 0)
        return result;

    r->last_success = json_get_int(saved(r), "lastSuccess", 0);
    failure = json_get_object(saved(r), "lastFailure");
    if (failure && json_object_deep_copy(failure, &r->last_failure, NULL) < 0)
        return -ENOMEM;
    first_boot_register(r);
    registration_reconsider(r);
    return 0;
}

void registration_stop(struct registration *r)
{
    if (!r->manager)
        return;
    sequence_stop(r);
    r->last_failure = json_put_erased(r->last_failure);
    r->manager = NULL;
}

/* What keeps any operation with the cloud from starting. */
static bool check_cloud(const struct registration *r, struct refusal *ret)
{
    if (!settings_enabled(r->manager))
        return refusal_set(ret, REASON_FEATURE_DISABLED,
            "The Cisco Threat Response feature is currently disabled on your appliance.");
    if (identity_is_foreign(r->manager))
        return refusal_set(ret, REASON_IDENTITY_CHANGED, "The registration belongs to another machine.");
    if (r->manager->store.read_only)
        return refusal_set(ret, REASON_STATE_IO, "%s", r->manager->store.fault);
    return true;
}

static const char *registered_server(const struct registration *r)
{
    const char *label = json_get_string(json_get_object(saved(r), "server"), "label");

    return label ? label : "";
}

void registration_set_requester(struct registration *r, uid_t uid)
{
    r->requester = uid;
    r->has_requester = true;
}

void registration_note_requester(const struct registration *r, json_object *registration)
{
    json_object *user = json_object_new_object();
    char name[128];

    if (user) {
        json_add_int(user, "uid", r->has_requester ? r->requester : geteuid());
        json_add_string(user, "userName",
            r->has_requester ? user_name_get(r->requester, name, sizeof(name)) : "first boot");
    }
    store_set(registration, "requestedBy", user);
}

/* Enters a state that an administrator, or the first boot, asked for: the next boot is no first one then. Takes the
 * document over. */
static bool enter(struct registration *r, json_object *document, enum state state, struct refusal *ret)
{
    if (document) {
        registration_note_requester(r, store_registration(document));
        store_set(document, "everRegistered", json_object_new_boolean(true));
    }
    int result = document ? registration_enter(r, document, state) : -ENOMEM;

    if (result < 0)
        return refusal_set(ret, REASON_STATE_IO, "The state can't be saved: %s.", strerror(-result));
    return true;
}

bool registration_register(struct registration *r, const char *token, struct refusal *ret)
{
    const struct region *server = manager_region(r->manager);
    const char *label = registered_server(r);

    if (!check_cloud(r, ret))
        return false;
    switch (registration_state(r)) {
    case STATE_UNREGISTERED:
        break;
    case STATE_REGISTERING:
        return refusal_set(ret, REASON_BUSY, "The appliance is being registered with %s already.", label);
    case STATE_DEREGISTERING:
        return refusal_set(ret, REASON_BUSY, "The appliance is being deregistered from %s.", label);
    case STATE_REGISTERED:
        return refusal_set(
            ret, REASON_ALREADY_REGISTERED, "The appliance is registered with %s already.", label);
    }
    if (!registration_token_is_well_formed(token))
        return refusal_set(ret, REASON_TOKEN_MALFORMED,
            "The token is not well-formed: it has %zu characters, or one that no token has.", strlen(token));

    json_object *document = store_begin(&r->manager->store);
    json_object *registration = store_registration(document), *place = json_object_new_object();
    if (!document || !place) {
        json_object_put(place);
        json_put_erased(document);
        return refusal_set(ret, REASON_STATE_IO, "There is no memory for this.");
    }
    steps_forget(registration, false);
    json_add_string(place, "label", server->label);
    json_add_string(place, "fqdn", server->fqdn);
    store_set(registration, "server", place);
    store_set(registration, "lastFailure", NULL);
    store_set_string(registration, "token", token);
    store_set_string(registration, "step", step_first(OPERATION_REGISTER)->name);
    store_set_string(document, "machineId", r->manager->machine_id);
    if (!enter(r, document, STATE_REGISTERING, ret))
        return false;
    r->last_failure = json_put_erased(r->last_failure);
    return true;
}

static bool deregister_locally(struct registration *r, const char **ret_notice, struct refusal *ret)
{
    json_object *document = store_begin(&r->manager->store);

    if (document)
        identity_forget(document);
    if (!enter(r, document, STATE_UNREGISTERED, ret))
        return false;
    *ret_notice = "The appliance was deregistered locally; the cloud was not told. If it is still listed "
                  "under Devices in "
                  "the Cisco Threat Response portal, remove it there.";
    return true;
}

bool registration_deregister(
    struct registration *r, bool local_only, const char **ret_notice, struct refusal *ret)
{
    enum state state = registration_state(r);

    *ret_notice = NULL;
    if (state == STATE_UNREGISTERED)
        return refusal_set(ret, REASON_NOT_REGISTERED, "The appliance is not registered.");
    if (local_only)
        return deregister_locally(r, ret_notice, ret);
    if (state != STATE_REGISTERED)
        return refusal_set(ret, REASON_BUSY, "The appliance is being %s.",
            state == STATE_REGISTERING ? "registered" : "deregistered already");
    if (!check_cloud(r, ret))
        return false;

    json_object *document = store_begin(&r->manager->store);
    if (document)
        store_set_string(store_registration(document), "step", step_first(OPERATION_DEREGISTER)->name);
    return enter(r, document, STATE_DEREGISTERING, ret);
}

bool registration_renew(struct registration *r, struct refusal *ret)
{
    if (registration_state(r) != STATE_REGISTERED)
        return refusal_set(ret, REASON_NOT_REGISTERED,
            "The appliance is not registered, so it has no certificate to renew.");
    if (!check_cloud(r, ret))
        return false;
    if (json_get_bool(saved(r), "removed", false))
        return refusal_set(
            ret, REASON_REMOVED_IN_PORTAL, "The appliance was removed in the Cisco Threat Response portal.");
    if (r->job && r->operation == OPERATION_RENEW)
        return refusal_set(ret, REASON_BUSY, "The certificate is being renewed already.");

    sequence_plan(r, OPERATION_RENEW, 0);
    sequence_arm(r);
    manager_changed(r->manager);
    return true;
}

bool registration_cancel(struct registration *r, enum operation *ret_operation, struct refusal *ret)
{
    enum state state = registration_state(r);

    *ret_operation = OPERATION_NONE;
    if (state == STATE_UNREGISTERED || state == STATE_REGISTERED)
        return true;

    json_object *document = store_begin(&r->manager->store);
    json_object *registration = store_registration(document);
    if (document && state == STATE_REGISTERING)
        steps_forget(registration, false);
    else if (document)
        store_set(registration, "step", NULL);
    if (!enter(r, document, state == STATE_REGISTERING ? STATE_UNREGISTERED : STATE_REGISTERED, ret))
        return false;
    *ret_operation = state == STATE_REGISTERING ? OPERATION_REGISTER : OPERATION_DEREGISTER;
    return true;
}

int64_t registration_overdue(json_object *registration)
{
    int64_t renewal = json_get_int(registration, "nextRenewal", INT64_MAX);
    int64_t end = json_get_int(json_get_object(registration, "certificateInfo"), "notAfter", INT64_MAX);

    return renewal == INT64_MAX ? renewal : renewal + (end - renewal) / 4 + 1;
}

const char *registration_health(const struct registration *r)
{
    json_object *registration = saved(r);
    int64_t now = (int64_t)time(NULL);
    int64_t end = json_get_int(json_get_object(registration, "certificateInfo"), "notAfter", INT64_MAX);

    if (identity_is_foreign(r->manager))
        return "identity_changed";
    if (registration_state(r) != STATE_REGISTERED)
        return NULL;
    if (!settings_enabled(r->manager))
        return "disabled";
    if (json_get_bool(registration, "removed", false))
        return "removed_in_portal";
    if (now > end)
        return "certificate_expired";
    if (now >= registration_overdue(registration))
        return "renewal_overdue";
    if (r->attempts[OPERATION_REFRESH].failures > 0)
        return "unreachable";
    return "ok";
}

static enum operation current_operation(const struct registration *r)
{
    if (r->job)
        return r->operation;

    switch (registration_state(r)) {
    case STATE_UNREGISTERED:
        return OPERATION_NONE;
    case STATE_REGISTERING:
        return OPERATION_REGISTER;
    case STATE_DEREGISTERING:
        return OPERATION_DEREGISTER;
    case STATE_REGISTERED:
        break;
    }
    if (r->attempts[OPERATION_RENEW].failures > 0)
        return OPERATION_RENEW;
    return r->attempts[OPERATION_REFRESH].failures > 0 ? OPERATION_REFRESH : OPERATION_NONE;
}

enum operation registration_current(
    const struct registration *r, const char **ret_step, int64_t *ret_next_attempt)
{
    enum operation operation = current_operation(r);
    const char *key = operation == OPERATION_RENEW ? "renewalStep" : "step";

    *ret_step = NULL;
    *ret_next_attempt = 0;
    if (operation == OPERATION_NONE)
        return operation;
    *ret_step = r->job ? r->step->name : step_find(operation, json_get_string(saved(r), key))->name;
    if (!r->job)
        *ret_next_attempt = sequence_due(r, operation);
    return operation;
}
