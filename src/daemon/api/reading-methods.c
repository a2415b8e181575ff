#include "daemon/api/reading-methods.h"

#include "daemon/api/metrics-text.h"
#include "daemon/api/reply.h"
#include "daemon/api/status.h"
#include "daemon/registration/failure.h"

#include <errno.h>

int method_list_servers(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    const struct core *core = api_of(userdata)->core;
    const struct config *config = core->config;
    struct refusal refusal;

    (void)call;
    if (core_config_is_missing(core, &refusal))
        return reply_refusal(&refusal, ret_reply);
    json_object *servers = json_object_new_array();
    for (size_t i = 0; servers && i < config->n_regions; i++)
        json_object_array_add(servers, status_region_json(config, config->regions[i].label, NULL));
    return reply_parameters(reply_object("servers", servers), ret_reply);
}

int method_get_certificate(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    const struct saved *saved = &api_of(userdata)->core->store.saved;
    struct refusal refusal = { REASON_NOT_REGISTERED, "The appliance has no certificate." };

    (void)call;
    failure_fit_refusal(api_of(userdata)->registration, &refusal);
    if (!saved->pair.certificate)
        return reply_refusal(&refusal, ret_reply);
    json_object *parameters = reply_string("certificate", saved->pair.certificate);
    json_add_string(parameters, "chain", saved->pair.chain);
    json_add(parameters, "info", status_certificate_json(saved));
    return reply_parameters(parameters, ret_reply);
}

int method_get_metrics(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    bool prometheus =
        streq0(json_get_string(call->parameters, "format"), metrics_format_names[METRICS_PROMETHEUS]);
    _cleanup_free_ char *text =
        metrics_text(api_of(userdata), prometheus ? METRICS_PROMETHEUS : METRICS_OPENMETRICS);

    return text ? reply_parameters(reply_string("metrics", text), ret_reply) : -ENOMEM;
}
