#include "daemon/registration/health.h"

#include "daemon/registration/expiry.h"
#include "varlink/agent.h"

#include <time.h>

enum health { AGENT_HEALTH_VALUES(HEALTH_) };

const char *const health_names[] = { AGENT_HEALTH_NAMES, NULL };

const char *health_name(const struct registration *r)
{
    const struct saved *saved = registration_saved(r);
    int64_t now = (int64_t)time(NULL);

    if (r->core->config_missing)
        return health_names[HEALTH_CONFIG_INVALID];
    if (r->core->store.lost)
        return health_names[HEALTH_STATE_LOST];
    if (core_identity_is_foreign(r->core))
        return health_names[HEALTH_IDENTITY_CHANGED];
    if (core_is_enabled(r->core) && core_region_is_unknown(r->core))
        return health_names[HEALTH_SERVER_UNKNOWN];
    if (saved->state != STATE_REGISTERED)
        return NULL;
    if (!core_is_enabled(r->core))
        return health_names[HEALTH_DISABLED];
    if (saved->removed)
        return health_names[HEALTH_REMOVED_IN_PORTAL];
    if (now > saved->not_after)
        return health_names[HEALTH_CERTIFICATE_EXPIRED];
    if (now >= expiry_overdue(saved))
        return health_names[HEALTH_RENEWAL_OVERDUE];
    if (r->attempts[OPERATION_REFRESH].failures > 0)
        return health_names[HEALTH_UNREACHABLE];
    return health_names[HEALTH_OK];
}
