#include "daemon/registration/health.h"

#include "daemon/registration/expiry.h"

#include <time.h>

const char *health_name(const struct registration *r)
{
    const struct saved *saved = registration_saved(r);
    int64_t now = (int64_t)time(NULL);

    if (core_identity_is_foreign(r->core))
        return "identity_changed";
    if (saved->state != STATE_REGISTERED)
        return NULL;
    if (!core_is_enabled(r->core))
        return "disabled";
    if (saved->removed)
        return "removed_in_portal";
    if (now > saved->not_after)
        return "certificate_expired";
    if (now >= expiry_overdue(saved))
        return "renewal_overdue";
    if (r->attempts[OPERATION_REFRESH].failures > 0)
        return "unreachable";
    return "ok";
}
