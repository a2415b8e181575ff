#include "daemon/config/config.h"

#include "common/https-url.h"
#include "common/log.h"
#include "common/memory.h"
#include "common/proxy.h"
#include "common/utf8.h"
#include "daemon/config/credential.h"
#include "varlink/agent.h"
#include "varlink/worker.h"

#include <arpa/inet.h>
#include <ctype.h>

static bool is_host_name(const char *text)
{
    size_t length = strlen(text);

    if (length == 0 || length > 253 || text[0] == '.' || text[0] == '-')
        return false;
    return strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") == length;
}

static bool is_label(const char *text)
{
    /* A label of digits alone would be taken for a number. */
    return strspn(text, "0123456789") < strlen(text) &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == strlen(text);
}

/* Returns true if all characters may stand in a URL: the worker accepts no others. */
static bool is_url_text(const char *text)
{
    for (; *text; text++)
        if (*text <= ' ' || *text >= 0x7f || *text == '#')
            return false;
    return true;
}

static bool is_proxy_url(const char *text)
{
    return !*text || proxy_url_is_valid(text);
}

static bool is_path(const char *text)
{
    return text[0] == '/' && utf8_is_printable(text);
}

static bool is_path_or_empty(const char *text)
{
    return !*text || is_path(text);
}

static bool is_secret_or_empty(const char *text)
{
    return !*text || credential_is_well_formed(text);
}

/* HTTP Basic ends the user name at the first colon. */
static bool is_basic_user_or_empty(const char *text)
{
    return utf8_is_printable(text) && !strchr(text, ':');
}

static bool is_url_segment_or_empty(const char *text)
{
    return strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~") ==
               strlen(text) &&
           !streq(text, ".") && !streq(text, "..");
}

static bool is_worker(const char *text)
{
    return is_path(strncmp(text, "unix:", 5) == 0 ? text + 5 : text);
}

static bool is_url_path(const char *text)
{
    return text[0] == '/' && is_url_text(text) && !strchr(text, '?');
}

static bool is_url_path_of_context(const char *text)
{
    const char *place = strstr(text, "{guid}");

    return is_url_path(text) && place && !strstr(place + 1, "{guid}");
}

static bool is_address_or_empty(const char *text)
{
    struct in6_addr address;

    return !*text || inet_pton(AF_INET, text, &address) == 1 || inet_pton(AF_INET6, text, &address) == 1;
}

static bool is_connect_to(const char *text)
{
    int colons = 0;

    for (const char *p = text; *p; p++)
        colons += *p == ':';
    return colons >= 3 && utf8_is_printable(text);
}

/* A name, a domain or an address: neither a port nor a range. */
static bool is_est_host(const char *text)
{
    struct in6_addr address;

    if (inet_pton(AF_INET6, text, &address) == 1)
        return true;
    if (*text == '[')
        return text[strlen(text) - 1] == ']' && proxy_exemption_is_valid(text);
    return !strpbrk(text, "/<:") && !strstr(text, ".*") && !streq(text, "*") &&
           proxy_exemption_is_valid(text);
}

static bool is_fingerprint_or_empty(const char *text)
{
    size_t digits = 0;

    for (; *text; text++)
        if (isxdigit((unsigned char)*text))
            digits++;
        else if (*text != ':')
            return false;
    return digits == 0 || digits == 64;
}

static const char *const proofs[] = { WORKER_EST_PROOF_OF_POSSESSION_NAMES, NULL };
static const char *const proxy_auths[] = { WORKER_NETWORK_PROXY_AUTH_NAMES, NULL };
static const char *const cluster_modes[] = { AGENT_CLUSTER_MODE_NAMES, NULL };
static const char *const key_types[] = { WORKER_KEY_TYPE_NAMES, NULL };

#define ABSOLUTE_PATH "an absolute path"
#define CONTEXT_PATH "a path that starts with / and holds {guid} once"
#define AT(member) offsetof(struct config, member)
/* clang-format off */
#define TEXT(path, member, max, check, allow, value) \
    { path, CONFIG_STRING, AT(member), 0, max, NULL, check, allow, false, value, 0 }
#define CONTENTS(path, member, max) \
    { path, CONFIG_CONTENTS, AT(member), 0, max, NULL, is_path_or_empty, "the absolute path of a readable file", false, NULL, 0 }
#define NUMBER(path, kind, member, min, max, value) \
    { path, kind, AT(member), min, max, NULL, NULL, NULL, false, NULL, value }

const struct config_key config_schema[] = {
    NUMBER("settings.enabled", CONFIG_BOOL, default_enabled, 0, 1, 0),
    TEXT("settings.server", default_server, 64, is_label, "a label of the list servers", "AMERICAS"),

    NUMBER("registration.auto_register", CONFIG_BOOL, auto_register, 0, 1, 0),
    TEXT("registration.token_file", token_file, 4000, credential_is_well_formed, "an absolute path, or credential:NAME,",
        "credential:threatresponse.token"),

    TEXT("est.url", est_url, 2000, https_url_is_valid, "an https URL", "https://est.sco.cisco.com/.well-known/est"),
    TEXT("est.label", est_label, 64, is_url_segment_or_empty, "one path segment of letters, digits, '-', '.', '_' and '~'", ""),
    { "est.hosts", CONFIG_STRINGS, AT(est_hosts), 0, 64, NULL, is_est_host,
        "hosts (est.example.com), domains (.example.com) or addresses, without a port,", false, NULL, 0 },
    CONTENTS("est.tls_anchors_file", est_tls_anchors, 32768),
    CONTENTS("est.anchors_file", est_anchors, 32768),
    CONTENTS("est.intermediates_file", est_intermediates, 32768),
    TEXT("est.fingerprint", est_fingerprint, 95, is_fingerprint_or_empty, "a SHA-256 in hexadecimal, with or without colons,", ""),
    TEXT("est.user", est_user, 256, is_basic_user_or_empty, "UTF-8 text without control characters and colons", ""),
    { "est.password_file", CONFIG_CONTENTS, AT(est_password), 0, 512, NULL, is_secret_or_empty, CREDENTIAL_ALLOWED, false, NULL, 0 },
    { "est.proof_of_possession", CONFIG_CHOICE, AT(proof_of_possession), 0, 0, proofs, NULL, NULL, false, "auto", 0 },
    NUMBER("est.send_chain", CONFIG_BOOL, est_send_chain, 0, 1, 0),
    NUMBER("est.csr_attributes", CONFIG_BOOL, est_csr_attributes, 0, 1, 1),
    NUMBER("est.server_keygen", CONFIG_BOOL, est_server_keygen, 0, 1, 0),
    { "est.key_type", CONFIG_CHOICE, AT(key_type), 0, 0, key_types, NULL, NULL, false, "ec_p256", 0 },

    TEXT("identity.product", product, 128, utf8_is_printable, "UTF-8 text without control characters",
        "Content Security Management appliance"),
    TEXT("identity.name", name, 253, utf8_is_printable, "UTF-8 text without control characters", ""),
    TEXT("identity.type", type, 64, utf8_is_printable, "UTF-8 text without control characters", "SMA"),
    TEXT("identity.version", version, 64, utf8_is_printable, "UTF-8 text without control characters", ""),
    TEXT("identity.ip", ip, 64, is_address_or_empty, "an IPv4 or IPv6 address", ""),
    TEXT("identity.description", description, 1024, utf8_is_printable, "UTF-8 text without control characters", ""),

    { "network.proxy", CONFIG_STRING, AT(proxy), 0, 1024, NULL, is_proxy_url,
        "an http or https URL with its port, as http://proxy.example:3128, without user and password (these are proxy_user and "
        "proxy_password_file)", true, "", 0 },
    TEXT("network.proxy_user", proxy_user, 256, utf8_is_printable, "UTF-8 text without control characters", ""),
    { "network.proxy_password_file", CONFIG_CONTENTS, AT(proxy_password), 0, 512, NULL, is_secret_or_empty, CREDENTIAL_ALLOWED, false, NULL, 0 },
    { "network.proxy_auth", CONFIG_CHOICE, AT(proxy_auth), 0, 0, proxy_auths, NULL, NULL, false, "any", 0 },
    { "network.no_proxy", CONFIG_STRINGS, AT(no_proxy), 0, 64, NULL, proxy_exemption_is_valid, PROXY_EXEMPTIONS, false, NULL, 0 },
    { "network.connect_to", CONFIG_STRINGS, AT(connect_to), 0, 64, NULL, is_connect_to,
        "texts of the form HOST:PORT:CONNECT-TO-HOST:CONNECT-TO-PORT", false, NULL, 0 },
    TEXT("network.ca_bundle", ca_bundle, 4000, is_path_or_empty, ABSOLUTE_PATH, "/etc/ssl/certs/ca-certificates.crt"),
    TEXT("network.ca_file", ca_file, 4000, is_path_or_empty, ABSOLUTE_PATH, ""),
    NUMBER("network.connect_timeout", CONFIG_DURATION, connect_timeout, 0.1, 300, 15),
    NUMBER("network.timeout", CONFIG_DURATION, request_timeout, 0.1, 600, 60),

    TEXT("sse.contexts", path_contexts, 256, is_url_path, "a path that starts with /", "/v1/contexts"),
    TEXT("sse.activations", path_activations, 256, is_url_path_of_context, CONTEXT_PATH, "/v1/contexts/{guid}/activations"),
    TEXT("sse.status", path_status, 256, is_url_path_of_context, CONTEXT_PATH, "/v1/contexts/{guid}/status"),
    TEXT("sse.refresh", path_refresh, 256, is_url_path_of_context, CONTEXT_PATH, "/v1/contexts/{guid}/refresh"),
    TEXT("sse.context", path_context, 256, is_url_path_of_context, CONTEXT_PATH, "/v1/contexts/{guid}"),

    NUMBER("timing.refresh_interval", CONFIG_DURATION, refresh_interval, 0, 86400, 0),
    NUMBER("timing.refresh_jitter", CONFIG_FRACTION, refresh_jitter, 0, 0.5, 0.1),
    NUMBER("timing.renewal_fraction", CONFIG_FRACTION, renewal_fraction, 0.1, 0.9, 2.0 / 3),
    NUMBER("timing.backoff_initial", CONFIG_DURATION, backoff_initial, 0.01, 60, 1),
    NUMBER("timing.backoff_cap", CONFIG_DURATION, backoff_cap, 0.01, 86400, 900),
    NUMBER("timing.attempts_per_hour", CONFIG_INT, attempts_per_hour, 1, 1000000, 20),
    NUMBER("timing.removal_confirmation", CONFIG_DURATION, removal_confirmation, 0.01, 86400, 300),
    NUMBER("timing.refusal_patience", CONFIG_DURATION, refusal_patience, 0.01, 604800, 21600),

    NUMBER("api.socket_mode", CONFIG_MODE, socket_mode, 0, 0777, 0666),
    TEXT("api.socket_user", socket_user, 64, utf8_is_printable, "the name of a user", ""),
    TEXT("api.socket_group", socket_group, 64, utf8_is_printable, "the name of a group", ""),
    TEXT("api.admin_group", admin_group, 64, utf8_is_printable, "the name of a group", ""),
    NUMBER("api.max_message", CONFIG_INT, max_message, 4096, 1048576, 65536),
    NUMBER("api.max_output", CONFIG_INT, max_output, 131072, 16777216, 262144),
    NUMBER("api.max_connections", CONFIG_INT, max_connections, 1, 4096, 64),
    NUMBER("api.max_connections_per_uid", CONFIG_INT, max_connections_per_uid, 1, 4096, 16),
    NUMBER("api.message_timeout", CONFIG_DURATION, message_timeout, 0.1, 3600, 10),

    { "log.level", CONFIG_LEVEL, AT(log_level), 0, 0, log_level_names, NULL, NULL, false, NULL, LOG_INFO },

    TEXT("worker.address", worker_address, 4000, is_worker, "the absolute path of the program, or unix:PATH of a socket",
        "/usr/libexec/threatresponse-worker"),
    NUMBER("worker.timeout", CONFIG_DURATION, worker_timeout, 0.1, 3600, 300),

    { "cluster.mode", CONFIG_CHOICE, AT(cluster_mode), 0, 0, cluster_modes, NULL, NULL, false, NULL, 0 },
    { 0 },
};

#undef AT
#define AT(member) offsetof(struct region, member)
const struct config_key config_region_schema[] = {
    { "label", CONFIG_STRING, AT(label), 1, 64, NULL, is_label, "letters, digits, '-' and '_', not digits alone", false, NULL, 0 },
    { "fqdn", CONFIG_STRING, AT(fqdn), 1, 253, NULL, is_host_name, "a host name", false, NULL, 0 },
    NUMBER("supported", CONFIG_BOOL, supported, 0, 1, 1),
    { 0 },
};
/* clang-format on */

const struct region config_default_regions[] = {
    { (char *)"APJC", (char *)"api.apj.sse.itd.cisco.com", false },
    { (char *)"EUROPE", (char *)"api.eu.sse.itd.cisco.com", true },
    { (char *)"AMERICAS", (char *)"api-sse.cisco.com", true },
};
const size_t config_n_default_regions = ELEMENTS(config_default_regions);
