#include "daemon/api/status.h"

#include "common/host.h"
#include "common/version.h"
#include "daemon/manager.h"
#include "daemon/registration/sequence.h"

#include <stdio.h>

json_object *status_region_json(const struct manager *manager, const char *label, const char *fqdn)
{
    const struct region *server = config_find_region(manager->config, label);
    json_object *object = json_object_new_object();

    if (!object)
        return NULL;
    /* A server that is in use may have left the configuration meanwhile. */
    json_add_int(object, "number", server ? config_region_number(manager->config, server) : 0);
    json_add_string(object, "label", label);
    json_add_string(object, "fqdn", fqdn ? fqdn : server ? server->fqdn : "");
    json_add_bool(object, "supported", server && server->supported);
    return object;
}

static void add_copy(json_object *object, const char *key, json_object *value)
{
    if (value)
        json_add(object, key, json_object_get(value));
}

static void add_time(json_object *object, const char *key, int64_t seconds)
{
    if (seconds > 0)
        json_add_int(object, key, seconds);
}

json_object *status_certificate_json(json_object *registration)
{
    json_object *info = json_get_object(registration, "certificateInfo"), *copy = NULL;

    if (!info || json_object_deep_copy(info, &copy, NULL) < 0)
        return NULL;
    json_add_int(copy, "nextRenewal", json_get_int(registration, "nextRenewal", 0));
    return copy;
}

static json_object *registration_json(const struct manager *manager)
{
    const struct registration *registration = &manager->registration;
    json_object *saved = store_registration(manager->store.document), *object = json_object_new_object();
    json_object *server = json_get_object(saved, "server");
    const char *step;
    int64_t next_attempt;
    enum operation operation = registration_current(registration, &step, &next_attempt);

    if (!object)
        return NULL;
    json_add_string(object, "state", state_names[registration_state(registration)]);
    json_add_int(object, "since", json_get_int(saved, "since", 0));
    json_add_string(object, "health", registration_health(registration));
    json_add_string(object, "operation", operation_names[operation]);
    json_add_string(object, "step", step);
    json_add_bool(object, "running", registration->job != NULL);
    json_add_int(
        object, "attempt", operation == OPERATION_NONE ? 0 : registration->attempts[operation].failures);
    add_time(object, "nextAttempt", next_attempt);
    add_time(object, "lastSuccess", registration->last_success);
    add_copy(object, "lastFailure", registration->last_failure);
    if (registration->operation != OPERATION_REFRESH)
        add_time(object, "nextRefresh", sequence_due(registration, OPERATION_REFRESH));
    json_add_string(object, "guid", json_get_string(saved, "guid"));
    if (server)
        json_add(object, "server",
            status_region_json(manager, json_get_string(server, "label"), json_get_string(server, "fqdn")));
    add_copy(object, "tenant", json_get_object(saved, "tenant"));
    json_add(object, "certificate", status_certificate_json(saved));
    if (registration->clock_known)
        json_add_int(object, "clockOffset", registration->clock_offset);
    add_copy(object, "requestedBy", json_get_object(saved, "requestedBy"));
    return object;
}

/* The proxy by which the server in use is reached; NULL: none. */
static const char *effective_proxy(const struct manager *manager)
{
    const struct config *config = manager->config;
    const char *host =
        json_get_string(json_get_object(store_registration(manager->store.document), "server"), "fqdn");

    for (char *const *entry = config->no_proxy; entry && *entry; entry++)
        if (host_matches(host ? host : manager_region(manager)->fqdn, *entry, strlen(*entry)))
            return NULL;
    return *config->proxy ? config->proxy : NULL;
}

json_object *status_json(const struct manager *manager)
{
    const struct config *config = manager->config;
    json_object *object = json_object_new_object(), *staged = json_object_new_array();

    if (!object || !staged) {
        json_object_put(object);
        json_object_put(staged);
        return NULL;
    }
    json_add_string(object, "version", TR_VERSION);
    json_add_string(object, "product", config->product);
    json_add_string(object, "name", manager_name(manager));
    json_add_bool(object, "enabled", settings_enabled(manager));
    json_add(object, "server", status_region_json(manager, settings_server(manager), NULL));
    json_add_int(object, "revision", settings_revision(manager));
    for (size_t i = 0; i < manager->settings.n_candidates; i++)
        json_object_array_add(staged, settings_candidate_json(&manager->settings.candidates[i]));
    json_add(object, "staged", staged);
    json_add(object, "registration", registration_json(manager));
    json_add_string(object, "proxy", effective_proxy(manager));
    json_add_string(object, "stateFault", manager->store.fault);
    json_add_string(object, "configFault", manager->config_fault);
    json_add_string(object, "clusterMode", config->cluster_mode);
    return object;
}

const char *status_line(const struct manager *manager, char *out, size_t size)
{
    const struct registration *registration = &manager->registration;
    enum state state = registration_state(registration);
    const char *health = registration_health(registration);

    snprintf(out, size, "%s, %s%s%s%s", settings_enabled(manager) ? "enabled" : "disabled",
        state_names[state], health ? " (" : "", health ? health : "", health ? ")" : "");
    return out;
}
