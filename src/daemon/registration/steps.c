#include "daemon/registration/steps.h"

#include "common/clock.h"
#include "common/key-strength.h"
#include "daemon/registration/answer.h"
#include "daemon/worker/replies.h"
#include "daemon/worker/request.h"

/* Lets the worker connect to the EST server beforehand, while it waits for the cloud. The activation may name another
 * server than the configured one, but rarely does. Without a configured label it may name one, and CSR attributes that
 * were fetched without it would be useless. */
static void announce_est(json_object *request, const struct config *config)
{
    request_add_est(request, config, NULL, config->est_csr_attributes && *config->est_label);
}

static json_object *key_request(const struct core *core, const struct saved *saved)
{
    json_object *request = json_object_new_object();
    const char *demanded = saved->key_type, *configured = core->config->key_type;

    /* The configuration may demand a stronger key since the key was made. */
    if (key_strength(demanded) < key_strength(configured))
        demanded = configured;
    json_add_string(request, "keyType", demanded);
    return request;
}

static json_object *context_request(const struct core *core, const struct saved *saved)
{
    json_object *request = request_new(core);
    uint64_t interval = core->config->refresh_interval / USEC_PER_SEC;

    request_add_sse_url(request, core->config->path_contexts, saved);
    request_add_client(request, core, saved);
    json_add_string(request, "exchange", saved->region_fqdn);
    json_add_int(request, "refreshInterval", interval ? (int64_t)interval : SAVED_REFRESH_DEFAULT);
    announce_est(request, core->config);
    return request;
}

static json_object *activation_request(const struct core *core, const struct saved *saved)
{
    json_object *request = request_new(core);

    request_add_sse_url(request, core->config->path_activations, saved);
    json_add_string(request, "token", saved->token);
    announce_est(request, core->config);
    return request;
}

static json_object *est_request(const struct core *core, const struct saved *saved)
{
    json_object *request = request_new(core);

    request_add_est(request, core->config, saved, core->config->est_csr_attributes);
    return request;
}

/* Returns an EST call with the credential from the activation. */
static json_object *trust_request(const struct core *core, const struct saved *saved)
{
    json_object *request = est_request(core, saved), *enrollment = NULL;

    if (!request || json_object_deep_copy(saved->enrollment, &enrollment, NULL) < 0)
        return json_put_erased(request);
    json_add(request, "enrollment", enrollment);
    return request;
}

static json_object *certificate_request(const struct core *core, const struct saved *saved)
{
    json_object *request = trust_request(core, saved);

    json_add_string(request, "privateKey", saved->pair.private_key);
    json_add_string(request, "commonName", saved->guid);
    json_add_string(request, "trustAnchors", saved->trust_anchors);
    return request;
}

/* Returns a call over mutual TLS with the given pair: the one in use, or the new one of a renewal. */
static json_object *mutual_request(
    const struct core *core, const char *path, const struct saved *saved, const struct saved_pair *pair)
{
    json_object *request = request_new(core);

    request_add_sse_url(request, path, saved);
    request_add_credentials(request, pair);
    return request;
}

static json_object *status_request(const struct core *core, const struct saved *saved)
{
    return mutual_request(core, core->config->path_status, saved, &saved->pair);
}

static json_object *refresh_request(const struct core *core, const struct saved *saved)
{
    json_object *request = mutual_request(core, core->config->path_refresh, saved, &saved->pair);

    request_add_client(request, core, saved);
    return request;
}

static json_object *delete_request(const struct core *core, const struct saved *saved)
{
    return mutual_request(core, core->config->path_context, saved, &saved->pair);
}

/* Names the known CA certificates: the worker accepts new ones if they link to these. */
static json_object *renewal_trust_request(const struct core *core, const struct saved *saved)
{
    json_object *request = est_request(core, saved);

    request_add_renewal_credential(request, core->config);
    json_add_string(request, "previous", request_fitting(saved->trust_anchors));
    return request;
}

static json_object *renewal_request(const struct core *core, const struct saved *saved)
{
    json_object *request = est_request(core, saved);

    request_add_renewal_credential(request, core->config);
    request_add_credentials(request, &saved->pair);
    json_add_string(request, "privateKey", saved->new_pair.private_key);
    json_add_string(request, "trustAnchors", saved->trust_anchors);
    return request;
}

static json_object *proof_request(const struct core *core, const struct saved *saved)
{
    return mutual_request(core, core->config->path_status, saved, &saved->new_pair);
}

static const struct step steps[] = {
    { "key", OPERATION_REGISTER, { "GenerateKey", reply_generate_key }, key_request, answer_key },
    { "context", OPERATION_REGISTER, { "CreateContext", reply_create_context }, context_request,
        answer_nothing },
    { "activation", OPERATION_REGISTER, { "Activate", reply_activate }, activation_request, answer_activation,
        /* The context may have been removed in the portal. */
        .rewind = "context", .rewind_on = REASON_UNEXPECTED_REPLY, .rewind_if_gone = true },
    { "trust", OPERATION_REGISTER, { "FetchTrustAnchors", reply_trust_anchors }, trust_request,
        answer_trust },
    { "rekey", OPERATION_REGISTER, { "GenerateKey", reply_generate_key }, key_request, answer_rekey,
        .only_by_jump = true },
    { "certificate", OPERATION_REGISTER, { "Enroll", reply_certificate }, certificate_request,
        answer_certificate, .rekey = "rekey" },
    { "confirm", OPERATION_REGISTER, { "GetContextStatus", reply_context_status }, status_request,
        answer_status, .asks_for_device = true, .last = true },
    { "delete", OPERATION_DEREGISTER, { "DeleteContext", reply_delete_context }, delete_request,
        answer_nothing, .uses_certificate = true, .unusable_ends = true, .last = true },
    { "refresh", OPERATION_REFRESH, { "Refresh", reply_context_status }, refresh_request, answer_status,
        .uses_certificate = true, .asks_for_device = true, .last = true },
    { "renewal-key", OPERATION_RENEW, { "GenerateKey", reply_generate_key }, key_request,
        answer_renewal_key },
    { "renewal-trust", OPERATION_RENEW, { "FetchTrustAnchors", reply_trust_anchors }, renewal_trust_request,
        answer_trust, .optional = true },
    { "renewal-certificate", OPERATION_RENEW, { "Reenroll", reply_certificate }, renewal_request,
        answer_renewal_certificate, .uses_certificate = true, .rekey = "renewal-key",
        /* The new certificate may come from a newer CA than the known trust anchors: fetched again, they may link to
         * it, or match a fingerprint that was configured later. */
        .rewind = "renewal-trust", .rewind_on = REASON_CERTIFICATE_UNUSABLE },
    { "renewal-proof", OPERATION_RENEW, { "GetContextStatus", reply_context_status }, proof_request,
        answer_renewal_proof, .unusable_ends = true, .asks_for_device = true, .last = true },
};

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
    while (step->only_by_jump);
    return step;
}
