#include "daemon/state/schema.h"

#include "daemon/registration/steps.h"
#include "daemon/state/format.h"
#include "daemon/state/store.h"

/* clang-format off */
#define TIME_MAX SERVICE_TIME_MAX
#define REFRESH_INTERVAL_MAX (30 * 86400) /* the worker takes no more, either */
#define REVISION_MAX INT64_C(9007199254740991) /* there is a next one */
#define STRING(name, max) { name, SERVICE_STRING, true, 0, max, NULL, NULL }
#define PRESENT_STRING(name, max) { name, SERVICE_STRING, false, 0, max, NULL, NULL } /* may be empty */
#define REQUIRED_STRING(name, max) { name, SERVICE_STRING, false, 1, max, NULL, NULL }
#define INTEGER(name, max) { name, SERVICE_INT, true, 0, max, NULL, NULL }
#define REQUIRED_INTEGER(name, max) { name, SERVICE_INT, false, 0, max, NULL, NULL }
#define BOOLEAN(name) { name, SERVICE_BOOL, true, 0, 0, NULL, NULL }
#define ENUM(name, choices) { name, SERVICE_ENUM, true, 0, 0, choices, NULL }
#define OBJECT(name, fields) { name, SERVICE_OBJECT, true, 0, 0, NULL, fields }
#define REQUIRED_OBJECT(name, fields) { name, SERVICE_OBJECT, false, 0, 0, NULL, fields }
#define END { NULL }

static const char *const enrollment_schemes[] = { "bearer", "basic", NULL };

static const char *const key_types[] = { "ec_p256", "ec_p384", "rsa_2048", "rsa_3072", NULL };

static const struct service_field enrollment[] = {
    STRING("url", 2048), STRING("label", 256),
    { "scheme", SERVICE_ENUM, false, 0, 0, enrollment_schemes, NULL },
    STRING("username", 256), REQUIRED_STRING("secret", 4096), INTEGER("expires", TIME_MAX), END,
};

static const struct service_field certificate_info[] = {
    REQUIRED_STRING("subject", 1024), REQUIRED_STRING("issuer", 1024), REQUIRED_STRING("serial", 128),
    REQUIRED_INTEGER("notBefore", TIME_MAX), REQUIRED_INTEGER("notAfter", TIME_MAX),
    REQUIRED_STRING("fingerprint", 128), REQUIRED_STRING("keyType", 64), END,
};

static const struct service_field tenant[] = { REQUIRED_STRING("id", 256), REQUIRED_STRING("name", 256), END };

static const struct service_field settings[] = {
    BOOLEAN("enabled"), STRING("server", 64), INTEGER("revision", REVISION_MAX), END,
};

static const struct service_field commit[] = {
    REQUIRED_INTEGER("revision", REVISION_MAX), REQUIRED_INTEGER("time", TIME_MAX), REQUIRED_INTEGER("uid", UINT32_MAX),
    STRING("userName", 256), STRING("comment", 4096), BOOLEAN("enabled"), STRING("server", 64), END,
};

static const struct service_field failure[] = {
    REQUIRED_STRING("reason", 64), REQUIRED_STRING("message", 4096), REQUIRED_STRING("remedy", 512),
    { "permanent", SERVICE_BOOL, false, 0, 0, NULL, NULL }, REQUIRED_INTEGER("time", TIME_MAX),
    { "operation", SERVICE_ENUM, false, 0, 0, operation_names, NULL }, REQUIRED_STRING("step", 64),
    STRING("requestId", 128), { "clockOffset", SERVICE_INT, true, -TIME_MAX, TIME_MAX, NULL, NULL }, END,
};

static const struct service_field server[] = { REQUIRED_STRING("label", 64), REQUIRED_STRING("fqdn", 256), END };

static const struct service_field user[] = { REQUIRED_INTEGER("uid", UINT32_MAX), REQUIRED_STRING("userName", 256), END };

static const struct service_field registration[] = {
    { "state", SERVICE_ENUM, false, 0, 0, state_names, NULL },
    REQUIRED_INTEGER("since", TIME_MAX),
    ENUM("step", step_names), STRING("guid", 36), OBJECT("server", server), STRING("token", 512),
    STRING("privateKey", 16384), OBJECT("enrollment", enrollment), STRING("trustAnchors", 262144),
    STRING("certificate", 65536), STRING("chain", 262144), OBJECT("certificateInfo", certificate_info),
    STRING("estUrl", 2400), ENUM("keyType", key_types),
    ENUM("renewalStep", step_names), INTEGER("nextRenewal", TIME_MAX),
    STRING("newPrivateKey", 16384), STRING("newCertificate", 65536), STRING("newChain", 262144),
    OBJECT("newCertificateInfo", certificate_info),
    OBJECT("tenant", tenant), INTEGER("refreshInterval", REFRESH_INTERVAL_MAX),
    INTEGER("warnedDays", 30), STRING("warnedMachine", 64), BOOLEAN("removed"), INTEGER("lastSuccess", TIME_MAX), OBJECT("lastFailure", failure),
    OBJECT("requestedBy", user), END,
};

const struct service_field fields_state_file[] = {
    REQUIRED_INTEGER("version", FORMAT_VERSION),
    STRING("machineId", 64), BOOLEAN("everRegistered"),
    REQUIRED_OBJECT("settings", settings),
    { "commits", SERVICE_OBJECTS, false, 0, STORE_COMMITS_MAX, NULL, commit },
    REQUIRED_OBJECT("registration", registration),
    END,
};

const struct service_field fields_generate_key_reply[] = { REQUIRED_STRING("privateKey", 16384), END };
const struct service_field fields_create_context_reply[] = { BOOLEAN("created"), END };
const struct service_field fields_activate_reply[] = {
    REQUIRED_OBJECT("enrollment", enrollment), OBJECT("tenant", tenant), END,
};
const struct service_field fields_trust_anchors_reply[] = { REQUIRED_STRING("trustAnchors", 262144), END };
const struct service_field fields_certificate_reply[] = {
    REQUIRED_STRING("certificate", 65536), STRING("chain", 262144), REQUIRED_OBJECT("info", certificate_info),
    STRING("privateKey", 16384), END,
};
const struct service_field fields_context_status_reply[] = {
    REQUIRED_STRING("status", 64), { "refreshInterval", SERVICE_INT, true, 1, REFRESH_INTERVAL_MAX, NULL, NULL },
    OBJECT("tenant", tenant), { "clockOffset", SERVICE_INT, true, -TIME_MAX, TIME_MAX, NULL, NULL }, END,
};
const struct service_field fields_delete_context_reply[] = { BOOLEAN("existed"), END };

static const char *const check_services[] = { "sse", "est", NULL };
static const char *const check_steps[] = { "resolve", "connect", "tls", "clock", "service", NULL };

static const struct service_field server_certificate[] = {
    PRESENT_STRING("subject", 1024), PRESENT_STRING("issuer", 1024), { "names", SERVICE_STRINGS, false, 0, 256, NULL, NULL },
    REQUIRED_INTEGER("notBefore", TIME_MAX), REQUIRED_INTEGER("notAfter", TIME_MAX), REQUIRED_STRING("fingerprint", 128), END,
};
static const struct service_field check_finding[] = {
    { "service", SERVICE_ENUM, false, 0, 0, check_services, NULL }, REQUIRED_STRING("host", 300),
    { "step", SERVICE_ENUM, false, 0, 0, check_steps, NULL }, { "ok", SERVICE_BOOL, false, 0, 0, NULL, NULL },
    REQUIRED_STRING("message", 4096), STRING("reason", 64), STRING("tlsVersion", 32),
    OBJECT("certificate", server_certificate),
    { "clockOffset", SERVICE_INT, true, -TIME_MAX, TIME_MAX, NULL, NULL }, STRING("requestId", 128), END,
};
const struct service_field fields_check_reply[] = { REQUIRED_OBJECT("result", check_finding), END };

const struct service_field fields_worker_failed[] = {
    REQUIRED_STRING("reason", 64), REQUIRED_STRING("message", 4096), INTEGER("httpStatus", 999),
    STRING("requestId", 128), INTEGER("retryAfter", 86400),
    { "clockOffset", SERVICE_INT, true, -TIME_MAX, TIME_MAX, NULL, NULL }, STRING("region", 64),
    ENUM("keyType", key_types), END,
};
/* clang-format on */
