#include "daemon/api/status.h"

#include "common/proxy.h"
#include "common/version.h"
#include "daemon/registration/failure.h"
#include "daemon/registration/health.h"

#include <stdio.h>

json_object *status_region_json(const struct config *config, const char *label, const char *fqdn)
{
    const struct region *region = config_find_region(config, label);
    json_object *object = json_object_new_object();

    if (!object)
        return NULL;
    /* A region in use may have left the configuration. */
    json_add_int(object, "number", region ? config_region_number(config, region) : 0);
    json_add_string(object, "label", label);
    json_add_string(object, "fqdn", fqdn ? fqdn : region ? region->fqdn : "");
    json_add_bool(object, "supported", region && region->supported);
    return object;
}

/* Adds a value that the state also owns (NULL: nothing). */
static void add_shared(json_object *object, const char *key, json_object *value)
{
    if (value)
        json_add(object, key, json_object_get(value));
}

/* Adds a time, unless it is 0: unknown. */
static void add_time(json_object *object, const char *key, int64_t seconds)
{
    if (seconds > 0)
        json_add_int(object, key, seconds);
}

json_object *status_certificate_json(const struct saved *saved)
{
    json_object *copy = NULL;

    if (!saved->pair.info || json_object_deep_copy(saved->pair.info, &copy, NULL) < 0)
        return NULL;
    json_add_int(copy, "nextRenewal", saved->next_renewal == SAVED_NEVER ? 0 : saved->next_renewal);
    return copy;
}

static void add_operation(json_object *object, const struct registration *registration)
{
    const char *step;
    int64_t next_attempt;
    enum operation operation = registration_current(registration, &step, &next_attempt);

    json_add_string(object, "operation", operation_names[operation]);
    json_add_string(object, "step", step);
    json_add_bool(object, "running", registration_is_running(registration));
    json_add_int(
        object, "attempt", operation == OPERATION_NONE ? 0 : registration->attempts[operation].failures);
    add_time(object, "nextAttempt", next_attempt);
}

static json_object *make_registration(const struct config *config, const struct registration *registration)
{
    const struct saved *saved = registration_saved(registration);
    json_object *object = json_object_new_object();

    if (!object)
        return NULL;
    json_add_string(object, "state", state_names[saved->state]);
    json_add_int(object, "since", saved->since);
    json_add_string(object, "health", health_name(registration));
    add_operation(object, registration);
    add_time(object, "lastSuccess", registration->last_success);
    json_add(object, "lastFailure", failure_show(registration));
    if (registration->operation != OPERATION_REFRESH)
        add_time(object, "nextRefresh", attempts_next_time(&registration->attempts[OPERATION_REFRESH]));
    json_add_string(object, "guid", saved->guid);
    if (saved->region_label)
        json_add(object, "server", status_region_json(config, saved->region_label, saved->region_fqdn));
    add_shared(object, "tenant", saved->tenant);
    json_add(object, "certificate", status_certificate_json(saved));
    if (registration->clock_known)
        json_add_int(object, "clockOffset", registration->clock_offset);
    add_shared(object, "requestedBy", saved->requested_by);
    return object;
}

/* Returns the proxy of the region in use; NULL if it is reached directly. */
static const char *find_proxy(const struct core *core)
{
    const struct config *config = core->config;
    const struct region *region = core_region(core);
    const char *used = core->store.saved.region_fqdn, *host = used ? used : region ? region->fqdn : "";

    for (char *const *entry = config->no_proxy; entry && *entry; entry++)
        if (proxy_exempts(*entry, host, 443))
            return NULL;
    return *config->proxy ? config->proxy : NULL;
}

json_object *status_json(const struct api *api)
{
    const struct core *core = api->core;
    const struct settings *settings = api->settings;
    json_object *object = json_object_new_object(), *staged = json_object_new_array();

    if (!object || !staged) {
        json_object_put(object);
        json_object_put(staged);
        return NULL;
    }
    json_add_string(object, "version", TR_VERSION);
    json_add_string(object, "product", core->config->product);
    json_add_string(object, "name", core_appliance_name(core));
    json_add_bool(object, "enabled", core_is_enabled(core));
    json_add(object, "server", status_region_json(core->config, core_region_label(core), NULL));
    json_add_int(object, "revision", core->store.saved.revision);
    for (size_t i = 0; i < settings->n_candidates; i++)
        json_object_array_add(staged, settings_candidate_json(&settings->candidates[i]));
    json_add(object, "staged", staged);
    json_add(object, "registration", make_registration(core->config, api->registration));
    json_add_string(object, "proxy", find_proxy(core));
    json_add_string(object, "stateFault", core->store.fault);
    json_add_string(object, "configFault", core->config_fault);
    json_add_string(object, "clusterMode", core->config->cluster_mode);
    return object;
}

const char *status_line(const struct registration *registration, char *out, size_t size)
{
    const char *health = health_name(registration);

    snprintf(out, size, "%s, %s%s%s%s", core_is_enabled(registration->core) ? "enabled" : "disabled",
        state_names[registration_saved(registration)->state], health ? " (" : "", health ? health : "",
        health ? ")" : "");
    return out;
}
