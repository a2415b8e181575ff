#include "worker/methods/interface.h"

#include "common/idl.h"
#include "common/limits.h"
#include "varlink/worker.h"
#include "worker/est/server.h"
#include "worker/http/url.h"
#include "worker/methods/check.h"
#include "worker/methods/context.h"
#include "worker/methods/enrolment.h"
#include "worker/methods/generate-key.h"
#include "worker/methods/observables.h"
#include "worker/x509/key.h"

enum {
    PATH_LIMIT = 4096,
    TIME_LIMIT_MS = 3600 * 1000,
};

#define STRING(field, lowest, highest)                                                                       \
    {                                                                                                        \
        .name = field, .type = SERVICE_STRING, .min = lowest, .max = highest                                 \
    }
#define OPTIONAL_STRING(field, lowest, highest)                                                              \
    {                                                                                                        \
        .name = field, .type = SERVICE_STRING, .optional = true, .min = lowest, .max = highest               \
    }
#define OPTIONAL_STRINGS(field, lowest, highest)                                                             \
    {                                                                                                        \
        .name = field, .type = SERVICE_STRINGS, .optional = true, .min = lowest, .max = highest              \
    }
#define INTEGER(field, lowest, highest)                                                                      \
    {                                                                                                        \
        .name = field, .type = SERVICE_INT, .min = lowest, .max = highest                                    \
    }
#define OPTIONAL_ENUM(field, names)                                                                          \
    {                                                                                                        \
        .name = field, .type = SERVICE_ENUM, .optional = true, .choices = names                              \
    }
#define OPTIONAL_BOOL(field)                                                                                 \
    {                                                                                                        \
        .name = field, .type = SERVICE_BOOL, .optional = true                                                \
    }
#define OBJECT(field, members)                                                                               \
    {                                                                                                        \
        .name = field, .type = SERVICE_OBJECT, .fields = members                                             \
    }
#define OPTIONAL_OBJECT(field, members)                                                                      \
    {                                                                                                        \
        .name = field, .type = SERVICE_OBJECT, .optional = true, .fields = members                           \
    }
#define URL STRING("url", 9, LIMIT_URL)
#define NETWORK OBJECT("network", network_fields)
#define EST OBJECT("est", est_fields)
#define CREDENTIALS OBJECT("credentials", credentials_fields)
#define CLIENT OBJECT("client", client_fields)
#define PRIVATE_KEY STRING("privateKey", 1, LIMIT_PRIVATE_KEY)
#define TRUST_ANCHORS STRING("trustAnchors", 1, LIMIT_CERTIFICATES)

static const struct service_field network_fields[] = {
    OPTIONAL_STRING("proxy", 1, LIMIT_URL),
    OPTIONAL_STRING("proxyUser", 1, LIMIT_NAME),
    OPTIONAL_STRING("proxyPassword", 0, LIMIT_SECRET),
    OPTIONAL_ENUM("proxyAuth", network_proxy_auth_names),
    OPTIONAL_STRINGS("noProxy", 1, LIMIT_NAME),
    OPTIONAL_STRING("caBundle", 1, PATH_LIMIT),
    OPTIONAL_STRING("caFile", 1, PATH_LIMIT),
    OPTIONAL_STRINGS("connectTo", 1, 2 * LIMIT_NAME + 16),
    INTEGER("connectTimeout", 1, TIME_LIMIT_MS),
    INTEGER("timeout", 1, TIME_LIMIT_MS),
    { 0 },
};

static const struct service_field client_fields[] = {
    STRING("guid", 36, 36),
    STRING("name", 0, LIMIT_NAME),
    STRING("type", 0, LIMIT_NAME),
    STRING("version", 0, LIMIT_NAME),
    OPTIONAL_STRING("ip", 1, 64),
    STRING("description", 0, 1024),
    { 0 },
};

static const struct service_field credentials_fields[] = {
    STRING("certificate", 1, LIMIT_CERTIFICATES),
    PRIVATE_KEY,
    OPTIONAL_STRING("chain", 0, LIMIT_CERTIFICATES),
    { 0 },
};

static const struct service_field est_fields[] = {
    URL,
    OPTIONAL_STRING("label", 1, LIMIT_LABEL),
    OPTIONAL_STRINGS("hosts", 1, LIMIT_NAME),
    OPTIONAL_STRING("tlsAnchors", 1, LIMIT_CERTIFICATES),
    OPTIONAL_STRING("anchors", 1, LIMIT_CERTIFICATES),
    OPTIONAL_STRING("intermediates", 1, LIMIT_CERTIFICATES),
    OPTIONAL_STRING("fingerprint", 1, 128),
    OPTIONAL_ENUM("keyType", key_type_names),
    OPTIONAL_BOOL("sendChain"),
    OPTIONAL_ENUM("proofOfPossession", est_possession_names),
    OPTIONAL_BOOL("csrAttributes"),
    OPTIONAL_BOOL("serverKeygen"),
    OPTIONAL_ENUM("subjectPolicy", certificate_policy_names),
    { 0 },
};

static const char *const schemes[] = { WORKER_ENROLLMENT_SCHEME_NAMES, NULL };

static const struct service_field enrollment_fields[] = {
    OPTIONAL_STRING("url", 9, LIMIT_URL),
    OPTIONAL_STRING("label", 0, LIMIT_LABEL),
    { .name = "scheme", .type = SERVICE_ENUM, .choices = schemes },
    OPTIONAL_STRING("username", 0, LIMIT_NAME),
    STRING("secret", 1, LIMIT_SECRET),
    { .name = "expires", .type = SERVICE_INT, .optional = true, .max = INT64_MAX },
    { 0 },
};

static const struct service_field generate_key_fields[] = {
    { .name = "keyType", .type = SERVICE_ENUM, .choices = key_type_names },
    { 0 },
};

static const struct service_field create_context_fields[] = {
    NETWORK,
    URL,
    CLIENT,
    STRING("exchange", 1, LIMIT_NAME),
    INTEGER("refreshInterval", 1, LIMIT_REFRESH_INTERVAL),
    OPTIONAL_OBJECT("est", est_fields),
    { 0 },
};

static const struct service_field activate_fields[] = {
    NETWORK,
    URL,
    STRING("token", 1, LIMIT_TOKEN),
    OPTIONAL_OBJECT("est", est_fields),
    { 0 },
};

static const struct service_field fetch_trust_anchors_fields[] = {
    NETWORK,
    EST,
    OPTIONAL_OBJECT("enrollment", enrollment_fields),
    OPTIONAL_STRING("previous", 1, LIMIT_CERTIFICATES),
    { 0 },
};

static const struct service_field get_csr_attributes_fields[] = {
    NETWORK,
    EST,
    OPTIONAL_OBJECT("enrollment", enrollment_fields),
    OPTIONAL_OBJECT("credentials", credentials_fields),
    { 0 },
};

static const struct service_field enroll_fields[] = {
    NETWORK,
    EST,
    OPTIONAL_OBJECT("enrollment", enrollment_fields),
    OPTIONAL_OBJECT("credentials", credentials_fields),
    PRIVATE_KEY,
    STRING("commonName", 1, 64),
    TRUST_ANCHORS,
    { 0 },
};

static const struct service_field reenroll_fields[] = {
    NETWORK,
    EST,
    OPTIONAL_OBJECT("enrollment", enrollment_fields),
    CREDENTIALS,
    PRIVATE_KEY,
    TRUST_ANCHORS,
    { 0 },
};

static const struct service_field context_fields[] = {
    NETWORK,
    URL,
    CREDENTIALS,
    { 0 },
};

static const struct service_field refresh_fields[] = {
    NETWORK,
    URL,
    CREDENTIALS,
    CLIENT,
    { 0 },
};

static const struct service_field check_fields[] = {
    NETWORK,
    { .name = "sse", .type = SERVICE_STRINGS, .min = 9, .max = LIMIT_URL },
    OPTIONAL_OBJECT("est", est_fields),
    { 0 },
};

static const struct service_field recognise_fields[] = {
    STRING("text", 0, LIMIT_TEXT),
    { .name = "line", .type = SERVICE_INT, .optional = true, .min = 1, .max = INT32_MAX },
    { 0 },
};

static const struct service_method methods[] = {
    { "GenerateKey", generate_key_fields, SERVICE_READ, method_generate_key },
    { "CreateContext", create_context_fields, SERVICE_READ, method_create_context },
    { "Activate", activate_fields, SERVICE_READ, method_activate },
    { "FetchTrustAnchors", fetch_trust_anchors_fields, SERVICE_READ, method_fetch_trust_anchors },
    { "GetCsrAttributes", get_csr_attributes_fields, SERVICE_READ, method_get_csr_attributes },
    { "Enroll", enroll_fields, SERVICE_READ, method_enroll },
    { "Reenroll", reenroll_fields, SERVICE_READ, method_reenroll },
    { "GetContextStatus", context_fields, SERVICE_READ, method_get_context_status },
    { "Refresh", refresh_fields, SERVICE_READ, method_refresh },
    { "DeleteContext", context_fields, SERVICE_READ, method_delete_context },
    { "Check", check_fields, SERVICE_READ, method_check, .streams = true },
    { "Recognise", recognise_fields, SERVICE_READ, method_recognise, .streams = true },
    { 0 },
};

const struct service_interface worker_interface = {
    .name = WORKER_INTERFACE,
    .description = idl_worker,
    .methods = methods,
};
