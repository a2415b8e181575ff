#include "daemon/worker/request.h"

#include "common/limits.h"

#include <stdio.h>

static void add_strings(json_object *object, const char *key, char *const *texts)
{
    json_object *array;

    if (!texts || !*texts || !(array = json_object_new_array()))
        return;
    for (; *texts; texts++)
        json_object_array_add(array, json_object_new_string(*texts));
    json_add(object, key, array);
}

const char *request_nonempty(const char *text)
{
    return text && *text ? text : NULL;
}

static json_object *network_json(const struct config *config)
{
    json_object *object = json_object_new_object();

    json_add_string(object, "proxy", request_nonempty(config->proxy));
    json_add_string(object, "proxyUser", request_nonempty(config->proxy_user));
    json_add_string(object, "proxyPassword", config->proxy_password);
    if (*config->proxy_user)
        json_add_string(object, "proxyAuth", config->proxy_auth);
    add_strings(object, "noProxy", config->no_proxy);
    json_add_string(object, "caBundle", request_nonempty(config->ca_bundle));
    json_add_string(object, "caFile", request_nonempty(config->ca_file));
    add_strings(object, "connectTo", config->connect_to);
    json_add_int(object, "connectTimeout", (int64_t)(config->connect_timeout / 1000));
    json_add_int(object, "timeout", (int64_t)(config->request_timeout / 1000));
    return object;
}

void request_add_client(json_object *request, const struct core *core, const struct saved *saved)
{
    const struct config *config = core->config;
    json_object *object = json_object_new_object();

    json_add_string(object, "guid", saved->guid);
    json_add_string(object, "name", core_appliance_name(core));
    json_add_string(object, "type", config->type);
    json_add_string(object, "version", config->version);
    json_add_string(object, "ip", request_nonempty(config->ip));
    json_add_string(object, "description", config->description);
    json_add(request, "client", object);
}

const char *request_fitting(const char *certificates)
{
    return certificates && strlen(certificates) <= LIMIT_CERTIFICATES ? certificates : NULL;
}

void request_add_credentials(json_object *request, const struct saved_pair *pair)
{
    json_object *object = json_object_new_object();

    json_add_string(object, "certificate", pair->certificate);
    json_add_string(object, "privateKey", pair->private_key);
    json_add_string(object, "chain", request_fitting(pair->chain));
    json_add(request, "credentials", object);
}

/* Adds the domain of a host: the name behind its first label, if that has a dot. */
static void add_domain(json_object *hosts, const char *host)
{
    const char *dot = strchr(host, '.');

    /* An address has no domain. */
    if (dot && strchr(dot + 1, '.') && host[strspn(host, "0123456789.")])
        json_object_array_add(hosts, json_object_new_string(dot));
}

/* Adds the allowed hosts of an EST server: the configured ones, else the host of the configured URL, its
 * domain and the domain of the regional server. */
static void add_hosts(json_object *est, const struct config *config, const struct saved *saved)
{
    const char *host = config->est_url + strlen("https://");
    size_t length = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/?");
    json_object *hosts = json_object_new_array();
    char name[256];

    snprintf(name, sizeof(name), "%.*s", (int)length, host);
    json_object_array_add(hosts, json_object_new_string(name));
    for (char *const *entry = config->est_hosts; entry && *entry; entry++)
        json_object_array_add(hosts, json_object_new_string(*entry));
    if (!config->est_hosts || !*config->est_hosts) {
        add_domain(hosts, name);
        if (saved && saved->region_fqdn)
            add_domain(hosts, saved->region_fqdn);
    }
    json_add(est, "hosts", hosts);
}

void request_add_est(
    json_object *request, const struct config *config, const struct saved *saved, bool csr_attributes)
{
    json_object *est = json_object_new_object();
    const char *url = saved ? saved->est_url : NULL, *label = saved ? saved->est_label : NULL;

    json_add_string(est, "url", url ? url : config->est_url);
    json_add_string(est, "label", request_nonempty(label ? label : config->est_label));
    add_hosts(est, config, saved);
    json_add_string(est, "tlsAnchors", config->est_tls_anchors);
    json_add_string(est, "anchors", config->est_anchors);
    json_add_string(est, "intermediates", config->est_intermediates);
    json_add_string(est, "fingerprint", request_nonempty(config->est_fingerprint));
    json_add_string(est, "keyType", config->key_type);
    json_add_bool(est, "sendChain", config->est_send_chain);
    json_add_string(est, "proofOfPossession", config->proof_of_possession);
    json_add_bool(est, "csrAttributes", csr_attributes);
    json_add_bool(est, "serverKeygen", config->est_server_keygen);
    json_add(request, "est", est);
}

void request_add_renewal_credential(json_object *request, const struct config *config)
{
    json_object *credential = *config->est_user ? json_object_new_object() : NULL;

    if (!credential)
        return;
    json_add_string(credential, "scheme", "basic");
    json_add_string(credential, "username", config->est_user);
    json_add_string(credential, "secret", config->est_password);
    json_add(request, "enrollment", credential);
}

const char *request_sse_url(const char *fqdn, const char *path, const char *guid, char *out, size_t size)
{
    const char *place = strstr(path, "{guid}");

    if (place)
        snprintf(
            out, size, "https://%s%.*s%s%s", fqdn, (int)(place - path), path, guid, place + strlen("{guid}"));
    else
        snprintf(out, size, "https://%s%s", fqdn, path);
    return out;
}

void request_add_sse_url(json_object *request, const char *path, const struct saved *saved)
{
    char url[1024];

    json_add_string(request, "url", request_sse_url(saved->region_fqdn, path, saved->guid, url, sizeof(url)));
}

json_object *request_new(const struct core *core)
{
    json_object *request = json_object_new_object();

    json_add(request, "network", network_json(core->config));
    return request;
}
