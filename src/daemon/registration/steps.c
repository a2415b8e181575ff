#include "daemon/registration/steps.h"

#include "daemon/manager.h"
#include "daemon/registration/answer.h"
#include "daemon/state/schema.h"
#include "daemon/worker/request.h"

#include <stdio.h>

enum {
    REFRESH_INTERVAL_DEFAULT = 1200,
};

const char *steps_est_url(const struct config *config, json_object *enrollment, char *out, size_t size)
{
    const char *url = request_nonempty(json_get_string(enrollment, "url"));
    const char *label = request_nonempty(json_get_string(enrollment, "label"));

    if (!url)
        url = config->est_url;
    if (!label)
        label = request_nonempty(config->est_label);
    size_t length = strlen(url);
    while (length > 0 && url[length - 1] == '/')
        length--;
    snprintf(out, size, "%.*s%s%s", (int)length, url, label ? "/" : "", label ? label : "");
    return out;
}

/* Lets the worker open the connection to the EST server, and ask what it may, while it waits for the cloud. Which
 * server it will be the activation says; most times it is the configured one. Without a configured label the activation
 * may name one, and attributes of another label are of no use. */
static void announce_est(json_object *request, const struct config *config)
{
    char url[STEPS_URL_MAX];
    bool attributes = config->est_csr_attributes && *config->est_label;

    request_add_est(request, config, steps_est_url(config, NULL, url, sizeof(url)), attributes);
}

static json_object *key_request(const struct manager *manager, json_object *registration)
{
    json_object *request = json_object_new_object();
    const char *demanded = json_get_string(registration, "keyType");

    json_add_string(request, "keyType", demanded ? demanded : manager->config->key_type);
    return request;
}

static json_object *context_request(const struct manager *manager, json_object *registration)
{
    json_object *request = request_new(manager);
    uint64_t interval = manager->config->refresh_interval / USEC_PER_SEC;

    request_add_sse_url(request, manager->config->path_contexts, registration);
    request_add_client(request, manager, registration);
    json_add_string(request, "exchange", json_get_string(json_get_object(registration, "server"), "fqdn"));
    json_add_int(request, "refreshInterval", interval ? (int64_t)interval : REFRESH_INTERVAL_DEFAULT);
    announce_est(request, manager->config);
    return request;
}

static json_object *activation_request(const struct manager *manager, json_object *registration)
{
    json_object *request = request_new(manager);

    request_add_sse_url(request, manager->config->path_activations, registration);
    json_add_string(request, "token", json_get_string(registration, "token"));
    announce_est(request, manager->config);
    return request;
}

static json_object *est_request(const struct manager *manager, json_object *registration)
{
    json_object *request = request_new(manager);

    request_add_est(request, manager->config, json_get_string(registration, "estUrl"),
        manager->config->est_csr_attributes);
    return request;
}

static json_object *certificate_request(const struct manager *manager, json_object *registration)
{
    json_object *request = est_request(manager, registration), *enrollment = NULL;

    if (!request || json_object_deep_copy(json_get_object(registration, "enrollment"), &enrollment, NULL) < 0)
        return json_put_erased(request);
    json_add(request, "enrollment", enrollment);
    json_add_string(request, "privateKey", json_get_string(registration, "privateKey"));
    json_add_string(request, "commonName", json_get_string(registration, "guid"));
    json_add_string(request, "trustAnchors", json_get_string(registration, "trustAnchors"));
    return request;
}

/* A call over mutual TLS, with the certificate in use or the new one of a renewal. */
static json_object *mutual_request(
    const struct manager *manager, const char *path, json_object *registration, bool new)
{
    json_object *request = request_new(manager);

    request_add_sse_url(request, path, registration);
    request_add_credentials(request, registration, new);
    return request;
}

static json_object *status_request(const struct manager *manager, json_object *registration)
{
    return mutual_request(manager, manager->config->path_status, registration, false);
}

static json_object *refresh_request(const struct manager *manager, json_object *registration)
{
    json_object *request = mutual_request(manager, manager->config->path_refresh, registration, false);

    request_add_client(request, manager, registration);
    return request;
}

static json_object *delete_request(const struct manager *manager, json_object *registration)
{
    return mutual_request(manager, manager->config->path_context, registration, false);
}

/* New CA certificates are taken if they link to the ones that are known. */
static json_object *renewal_trust_request(const struct manager *manager, json_object *registration)
{
    json_object *request = est_request(manager, registration);

    json_add_string(request, "previous", json_get_string(registration, "trustAnchors"));
    return request;
}

static json_object *renewal_request(const struct manager *manager, json_object *registration)
{
    json_object *request = est_request(manager, registration);

    request_add_credentials(request, registration, false);
    json_add_string(request, "privateKey", json_get_string(registration, "newPrivateKey"));
    json_add_string(request, "trustAnchors", json_get_string(registration, "trustAnchors"));
    return request;
}

static json_object *proof_request(const struct manager *manager, json_object *registration)
{
    return mutual_request(manager, manager->config->path_status, registration, true);
}

#define IDENTITY "server guid privateKey certificate certificateInfo trustAnchors estUrl"

static const struct step steps[] = {
    { "key", OPERATION_REGISTER, "GenerateKey", fields_generate_key_reply, "server token", key_request,
        answer_key },
    { "context", OPERATION_REGISTER, "CreateContext", fields_create_context_reply,
        "server token guid privateKey", context_request, answer_nothing },
    { "activation", OPERATION_REGISTER, "Activate", fields_activate_reply, "server token guid privateKey",
        activation_request, answer_activation,
        /* The context may have been removed in the portal meanwhile. */
        .rewind = "context", .rewind_on = REASON_UNEXPECTED_REPLY, .rewind_if_gone = true },
    { "trust", OPERATION_REGISTER, "FetchTrustAnchors", fields_trust_anchors_reply,
        "server guid privateKey enrollment estUrl", est_request, answer_trust },
    { "rekey", OPERATION_REGISTER, "GenerateKey", fields_generate_key_reply,
        "server guid privateKey enrollment estUrl trustAnchors", key_request, answer_rekey, .detour = true },
    { "certificate", OPERATION_REGISTER, "Enroll", fields_certificate_reply,
        "server guid privateKey enrollment estUrl trustAnchors", certificate_request, answer_certificate,
        .rekey = "rekey" },
    { "confirm", OPERATION_REGISTER, "GetContextStatus", fields_context_status_reply, IDENTITY,
        status_request, answer_status, .last = true },
    { "delete", OPERATION_DEREGISTER, "DeleteContext", fields_delete_context_reply, IDENTITY, delete_request,
        answer_nothing, .identifies = true, .last = true },
    { "refresh", OPERATION_REFRESH, "Refresh", fields_context_status_reply, IDENTITY, refresh_request,
        answer_status, .identifies = true, .last = true },
    { "renewal-key", OPERATION_RENEW, "GenerateKey", fields_generate_key_reply, IDENTITY, key_request,
        answer_renewal_key },
    { "renewal-trust", OPERATION_RENEW, "FetchTrustAnchors", fields_trust_anchors_reply,
        IDENTITY " newPrivateKey", renewal_trust_request, answer_trust, .passable = true },
    { "renewal-certificate", OPERATION_RENEW, "Reenroll", fields_certificate_reply, IDENTITY " newPrivateKey",
        renewal_request, answer_renewal_certificate, .identifies = true, .rekey = "renewal-key",
        /* The certificate may be from a CA that has come since: its certificates may link to the known ones by then, or
         * have the fingerprint that is configured by then. */
        .rewind = "renewal-trust", .rewind_on = REASON_CERTIFICATE_UNUSABLE },
    { "renewal-proof", OPERATION_RENEW, "GetContextStatus", fields_context_status_reply,
        IDENTITY " newPrivateKey newCertificate newCertificateInfo", proof_request, answer_renewal_proof,
        .last = true },
};

const char *const step_names[] = { "key", "context", "activation", "trust", "rekey", "certificate", "confirm",
    "delete", "refresh", "renewal-key", "renewal-trust", "renewal-certificate", "renewal-proof", NULL };

const struct step *step_first(enum operation operation)
{
    const struct step *step = steps;

    while (step->operation != operation)
        step++;
    return step;
}

const struct step *step_find(enum operation operation, const char *name)
{
    for (size_t i = 0; name && i < ELEMENTS(steps); i++)
        if (steps[i].operation == operation && streq(steps[i].name, name))
            return &steps[i];
    return step_first(operation);
}

const struct step *step_next(const struct step *step)
{
    if (step->last)
        return NULL;
    do
        step++;
    while (step->detour);
    return step;
}

static bool has_members(json_object *registration, const char *names)
{
    char name[32];

    for (const char *p = names; *p; p += strspn(p, " ")) {
        size_t length = strcspn(p, " ");

        snprintf(name, sizeof(name), "%.*s", (int)length, p);
        if (!json_object_object_get(registration, name))
            return false;
        p += length;
    }
    return true;
}

bool steps_consistent(json_object *registration)
{
    const char *state = json_get_string(registration, "state");
    const char *renewal = json_get_string(registration, "renewalStep");

    if (streq(state, state_names[STATE_UNREGISTERED]))
        return true;
    if (streq(state, state_names[STATE_REGISTERING]))
        return has_members(
            registration, step_find(OPERATION_REGISTER, json_get_string(registration, "step"))->needs);
    return has_members(registration, IDENTITY) &&
           (!renewal || has_members(registration, step_find(OPERATION_RENEW, renewal)->needs));
}

void steps_forget(json_object *registration, bool guid_too)
{
    static const char *const keys[] = { "step", "server", "token", "privateKey", "enrollment", "trustAnchors",
        "certificate", "chain", "estUrl", "keyType", "certificateInfo", "renewalStep", "nextRenewal",
        "newPrivateKey", "newCertificate", "newChain", "newCertificateInfo", "tenant", "refreshInterval",
        "removed", "lastSuccess", "warnedDays", "warnedMachine" };

    for (size_t i = 0; i < ELEMENTS(keys); i++)
        store_set(registration, keys[i], NULL);
    if (guid_too)
        store_set(registration, "guid", NULL);
}
