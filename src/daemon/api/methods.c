#include "daemon/api/methods.h"

#include "common/idl.h"
#include "common/limits.h"
#include "daemon/api/check.h"
#include "daemon/api/metrics-text.h"
#include "daemon/api/reading-methods.h"
#include "daemon/api/recognition.h"
#include "daemon/api/registration-methods.h"
#include "daemon/api/reload-method.h"
#include "daemon/api/reply.h"
#include "daemon/api/settings-methods.h"
#include "daemon/api/watch.h"
#include "varlink/casebook.h"

#define FIELDS(...) ((const struct service_field[]){ __VA_ARGS__, { 0 } })

static const struct service_method methods[] = {
    { "GetStatus", NULL, SERVICE_READ, watch_get_status },
    { "ListServers", NULL, SERVICE_READ, method_list_servers },
    { "GetSettings", NULL, SERVICE_READ, method_get_settings },
    { "Stage", FIELDS({ "enabled", SERVICE_BOOL, true }, { "server", SERVICE_STRING, true, 1, 256 }),
        SERVICE_WRITE, method_stage },
    { "ClearStaged", NULL, SERVICE_WRITE, method_clear_staged },
    { "Commit", FIELDS({ "comment", SERVICE_STRING, true, 0, 4 * SETTINGS_COMMENT_MAX }), SERVICE_WRITE,
        method_commit },
    { "ListCommits", NULL, SERVICE_READ, method_list_commits },
    { "Register", FIELDS({ "token", SERVICE_STRING, false, 0, 4096, .secret = true }), SERVICE_WRITE,
        method_register },
    { "Deregister", FIELDS({ "localOnly", SERVICE_BOOL, true }), SERVICE_WRITE, method_deregister },
    { "Cancel", NULL, SERVICE_WRITE, method_cancel },
    { "Retry", NULL, SERVICE_WRITE, method_retry },
    { "Renew", NULL, SERVICE_WRITE, method_renew },
    { "ResetIdentity", NULL, SERVICE_WRITE, method_reset_identity },
    { "Check", FIELDS({ "server", SERVICE_STRING, true, 1, 256 }), SERVICE_WRITE, method_check,
        .streams = true },
    { "Reload", NULL, SERVICE_WRITE, method_reload },
    { "GetCertificate", NULL, SERVICE_READ, method_get_certificate },
    { "GetMetrics", FIELDS({ "format", SERVICE_ENUM, true, 0, 0, metrics_format_names }), SERVICE_READ,
        method_get_metrics },
    { 0 },
};

static const struct service_method casebook_methods[] = {
    { "Recognise",
        FIELDS({ "text", SERVICE_STRING, false, 0, LIMIT_TEXT }, { "line", SERVICE_INT, true, 1, INT32_MAX }),
        SERVICE_READ, method_recognise, .streams = true },
    { 0 },
};

_Static_assert(
    ELEMENTS(methods) + ELEMENTS(casebook_methods) - 1 <= COUNTERS_METHODS_MAX, "each method is counted");

static const struct service_interface casebook_interface = { CASEBOOK_INTERFACE, idl_casebook,
    casebook_methods };

const struct service_interface methods_interface = { AGENT_INTERFACE, idl_agent, methods,
    &casebook_interface };
