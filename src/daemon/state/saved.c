#include "daemon/state/saved.h"

#include "daemon/state/document.h"

static enum state read_state(json_object *registration)
{
    const char *name = json_get_string(registration, "state");
    enum state state = STATE_UNREGISTERED;

    while (state < STATE_DEREGISTERING && !streq0(state_names[state], name))
        state++;
    return state;
}

static struct saved_pair read_pair(json_object *registration, const char *const members[4])
{
    return (struct saved_pair){
        .private_key = json_get_string(registration, members[0]),
        .certificate = json_get_string(registration, members[1]),
        .chain = json_get_string(registration, members[2]),
        .info = json_get_object(registration, members[3]),
    };
}

static void read_certificates(struct saved *ret, json_object *registration)
{
    static const char *const used[] = { "privateKey", "certificate", "chain", "certificateInfo" };
    static const char *const new[] = { "newPrivateKey", "newCertificate", "newChain", "newCertificateInfo" };

    ret->pair = read_pair(registration, used);
    ret->new_pair = read_pair(registration, new);
    ret->serial = json_get_string(ret->pair.info, "serial");
    ret->not_after = json_get_int(ret->pair.info, "notAfter", SAVED_NEVER);
    ret->next_renewal = json_get_int(registration, "nextRenewal", SAVED_NEVER);
    ret->warned_days = (int)json_get_int(registration, "warnedDays", SAVED_NOT_WARNED);
    ret->warned_machine = json_get_string(registration, "warnedMachine");
}

static void read_settings(struct saved *ret, json_object *settings)
{
    ret->enabled_is_set = json_object_object_get(settings, "enabled") != NULL;
    ret->enabled = json_get_bool(settings, "enabled", false);
    ret->server_label = json_get_string(settings, "server");
    ret->revision = json_get_int(settings, "revision", 0);
}

static void read_attempts(struct saved *ret, json_object *registration)
{
    json_object *all = json_get_object(registration, "attempts");

    for (enum operation operation = 0; operation < OPERATION_MAX_; operation++) {
        json_object *attempts = json_get_object(all, operation_names[operation]);

        ret->attempts[operation] = (struct saved_attempts){
            .failures = (unsigned)json_get_int(attempts, "failures", 0),
            .next = json_get_int(attempts, "next", 0),
            .asked = json_get_bool(attempts, "asked", false),
        };
    }
}

static void read_registration(struct saved *ret, json_object *registration)
{
    json_object *region = json_get_object(registration, "server");

    ret->state = read_state(registration);
    ret->since = json_get_int(registration, "since", 0);
    for (enum operation operation = 0; operation < OPERATION_MAX_; operation++)
        ret->steps[operation] = json_get_string(registration, step_member(operation));
    read_attempts(ret, registration);
    ret->guid = json_get_string(registration, "guid");
    ret->region_label = json_get_string(region, "label");
    ret->region_fqdn = json_get_string(region, "fqdn");
    ret->token = json_get_string(registration, "token");
    ret->enrollment = json_get_object(registration, "enrollment");
    ret->est_url = json_get_string(registration, "estUrl");
    ret->est_label = json_get_string(registration, "estLabel");
    ret->key_type = json_get_string(registration, "keyType");
    ret->trust_anchors = json_get_string(registration, "trustAnchors");
    ret->tenant = json_get_object(registration, "tenant");
    ret->tenant_name = json_get_string(ret->tenant, "name");
    ret->refresh_interval = json_get_int(registration, "refreshInterval", SAVED_REFRESH_DEFAULT);
    ret->removed = json_get_bool(registration, "removed", false);
    ret->last_success = json_get_int(registration, "lastSuccess", 0);
    ret->last_failure = json_get_object(registration, "lastFailure");
    ret->requested_by = json_get_object(registration, "requestedBy");
    ret->requester = json_get_string(ret->requested_by, "userName");
    ret->requester_uid = json_get_int(ret->requested_by, "uid", 0);
}

void saved_read(struct saved *ret, json_object *document)
{
    json_object *registration = document_registration(document);

    *ret = (struct saved){
        .machine_id = json_get_string(document, "machineId"),
        .ever_registered = json_get_bool(document, "everRegistered", false),
    };
    read_settings(ret, document_settings(document));
    read_registration(ret, registration);
    read_certificates(ret, registration);
}
