#include "daemon/state/schema.h"

#include "common/limits.h"
#include "daemon/state/field-tables.h"
#include "daemon/state/format.h"
#include "daemon/state/names.h"
#include "daemon/state/store.h"
#include "varlink/worker.h"

enum {
    STORED_CERTIFICATES_MAX = 256 << 10, /* more than LIMIT_CERTIFICATES: version 1 kept as much */
};

/* clang-format off */
#define REVISION_MAX INT64_C(9007199254740991) /* a double still has the next number */

static const char *const enrollment_schemes[] = { WORKER_ENROLLMENT_SCHEME_NAMES, NULL };

const char *const schema_key_types[] = { WORKER_KEY_TYPE_NAMES, NULL };

const struct service_field schema_enrollment[] = {
    STRING("url", LIMIT_URL), STRING("label", LIMIT_LABEL),
    REQUIRED_ENUM("scheme", enrollment_schemes),
    STRING("username", LIMIT_NAME), REQUIRED_SECRET("secret", LIMIT_SECRET), INTEGER("expires", TIME_MAX), END,
};

const struct service_field schema_certificate_info[] = {
    REQUIRED_STRING("subject", 1024), REQUIRED_STRING("issuer", 1024), REQUIRED_STRING("serial", 128),
    REQUIRED_INTEGER("notBefore", TIME_MAX), REQUIRED_INTEGER("notAfter", TIME_MAX),
    REQUIRED_STRING("fingerprint", 128), REQUIRED_STRING("keyType", 64), END,
};

const struct service_field schema_tenant[] = { REQUIRED_STRING("id", LIMIT_NAME), REQUIRED_STRING("name", LIMIT_NAME), END };

static const struct service_field settings[] = {
    BOOLEAN("enabled"), STRING("server", 64), INTEGER("revision", REVISION_MAX), END,
};

static const struct service_field commit[] = {
    REQUIRED_INTEGER("revision", REVISION_MAX), REQUIRED_INTEGER("time", TIME_MAX), REQUIRED_INTEGER("uid", UINT32_MAX),
    STRING("userName", 256), STRING("comment", 4096), BOOLEAN("enabled"), STRING("server", 64), END,
};

static const struct service_field failure[] = {
    REQUIRED_STRING("reason", 64), REQUIRED_STRING("message", 4096), REQUIRED_STRING("remedy", 512),
    REQUIRED_BOOLEAN("permanent"), REQUIRED_INTEGER("time", TIME_MAX),
    REQUIRED_ENUM("operation", operation_names), REQUIRED_STRING("step", 64),
    STRING("requestId", 128), RANGE("clockOffset", -TIME_MAX, TIME_MAX), END,
};

static const struct service_field server[] = { REQUIRED_STRING("label", 64), REQUIRED_STRING("fqdn", 256), END };

static const struct service_field user[] = {
    REQUIRED_INTEGER("uid", UINT32_MAX), REQUIRED_STRING("userName", 256), END,
};

static const struct service_field attempts[] = {
    REQUIRED_INTEGER("failures", UINT32_MAX), REQUIRED_INTEGER("next", TIME_MAX), BOOLEAN("asked"), END,
};

static const struct service_field all_attempts[] = {
    OBJECT("register", attempts), OBJECT("deregister", attempts), OBJECT("refresh", attempts), OBJECT("renew", attempts),
    END,
};

static const struct service_field registration[] = {
    REQUIRED_ENUM("state", state_names),
    REQUIRED_INTEGER("since", TIME_MAX),
    ENUM("step", step_names), STRING("guid", 36), OBJECT("server", server), SECRET("token", LIMIT_TOKEN),
    SECRET("privateKey", LIMIT_PRIVATE_KEY), OBJECT("enrollment", schema_enrollment), STRING("trustAnchors", STORED_CERTIFICATES_MAX),
    STRING("certificate", LIMIT_CERTIFICATE), STRING("chain", STORED_CERTIFICATES_MAX), OBJECT("certificateInfo", schema_certificate_info),
    STRING("estUrl", 2400), STRING("estLabel", 256), ENUM("keyType", schema_key_types),
    ENUM("renewalStep", step_names), INTEGER("nextRenewal", TIME_MAX),
    SECRET("newPrivateKey", LIMIT_PRIVATE_KEY), STRING("newCertificate", LIMIT_CERTIFICATE), STRING("newChain", STORED_CERTIFICATES_MAX),
    OBJECT("newCertificateInfo", schema_certificate_info),
    OBJECT("tenant", schema_tenant), INTEGER("refreshInterval", LIMIT_REFRESH_INTERVAL),
    INTEGER("warnedDays", 30), STRING("warnedMachine", 64), BOOLEAN("removed"), INTEGER("lastSuccess", TIME_MAX),
    OBJECT("lastFailure", failure), OBJECT("attempts", all_attempts),
    OBJECT("requestedBy", user), END,
};

const struct service_field schema_state_file[] = {
    REQUIRED_INTEGER("version", FORMAT_VERSION),
    STRING("machineId", 64), BOOLEAN("everRegistered"),
    REQUIRED_OBJECT("settings", settings),
    REQUIRED_OBJECTS("commits", STORE_COMMITS_MAX, commit),
    REQUIRED_OBJECT("registration", registration),
    END,
};
/* clang-format on */

bool schema_holds_secret(const struct service_field *fields, json_object *object)
{
    for (; fields->name; fields++) {
        json_object *value = json_object_object_get(object, fields->name);

        if (value && fields->secret)
            return true;
        if (fields->type == SERVICE_OBJECT && value && schema_holds_secret(fields->fields, value))
            return true;
    }
    return false;
}
