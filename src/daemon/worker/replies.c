#include "daemon/worker/replies.h"

#include "common/limits.h"
#include "daemon/state/field-tables.h"
#include "daemon/state/schema.h"
#include "varlink/worker.h"

/* clang-format off */
const struct service_field reply_generate_key[] = { REQUIRED_SECRET("privateKey", LIMIT_PRIVATE_KEY), END };
const struct service_field reply_create_context[] = { BOOLEAN("created"), END };
const struct service_field reply_activate[] = {
    REQUIRED_OBJECT("enrollment", schema_enrollment), OBJECT("tenant", schema_tenant), END,
};
const struct service_field reply_trust_anchors[] = { REQUIRED_STRING("trustAnchors", LIMIT_CERTIFICATES), END };
const struct service_field reply_certificate[] = {
    REQUIRED_STRING("certificate", LIMIT_CERTIFICATE), STRING("chain", LIMIT_CERTIFICATES), REQUIRED_OBJECT("info", schema_certificate_info),
    SECRET("privateKey", LIMIT_PRIVATE_KEY), END,
};
const struct service_field reply_context_status[] = {
    REQUIRED_STRING("status", LIMIT_STATUS), RANGE("refreshInterval", 1, LIMIT_REFRESH_INTERVAL),
    OBJECT("tenant", schema_tenant), RANGE("clockOffset", -TIME_MAX, TIME_MAX), END,
};
const struct service_field reply_delete_context[] = { BOOLEAN("existed"), END };

static const char *const check_services[] = { WORKER_CHECK_SERVICE_NAMES, NULL };
static const char *const check_steps[] = { WORKER_CHECK_STEP_NAMES, NULL };

static const struct service_field server_certificate[] = {
    REQUIRED_TEXT("subject", 1024), REQUIRED_TEXT("issuer", 1024), REQUIRED_STRINGS("names", 256),
    REQUIRED_INTEGER("notBefore", TIME_MAX), REQUIRED_INTEGER("notAfter", TIME_MAX),
    REQUIRED_STRING("fingerprint", 128), END,
};
static const struct service_field check_finding[] = {
    REQUIRED_ENUM("service", check_services), REQUIRED_STRING("host", 300),
    REQUIRED_ENUM("step", check_steps), REQUIRED_BOOLEAN("ok"),
    REQUIRED_STRING("message", 4096), STRING("reason", 64), STRING("tlsVersion", 32),
    OBJECT("certificate", server_certificate),
    RANGE("clockOffset", -TIME_MAX, TIME_MAX), STRING("requestId", 128), END,
};
const struct service_field reply_check[] = { REQUIRED_OBJECT("result", check_finding), END };

static const char *const observable_types[] = { WORKER_OBSERVABLE_TYPE_NAMES, NULL };
static const char *const observable_refusals[] = { WORKER_OBSERVABLE_REFUSAL_NAMES, NULL };

static const struct service_field recognised_item[] = {
    REQUIRED_INTEGER("line", INT64_MAX), REQUIRED_TEXT("input", 4200), ENUM("type", observable_types),
    STRING("value", 16384), INTEGER("firstLine", INT64_MAX), STRINGS("notes", 512),
    ENUM("refusal", observable_refusals), STRING("message", 1024), END,
};
const struct service_field reply_recognise[] = { REQUIRED_OBJECTS("items", 256, recognised_item), END };

const struct service_field reply_failed[] = {
    REQUIRED_STRING("reason", 64), REQUIRED_STRING("message", 4096), INTEGER("httpStatus", 999),
    STRING("requestId", 128), INTEGER("retryAfter", LIMIT_RETRY_AFTER),
    RANGE("clockOffset", -TIME_MAX, TIME_MAX), STRING("region", 64),
    ENUM("keyType", schema_key_types), END,
};
/* clang-format on */
