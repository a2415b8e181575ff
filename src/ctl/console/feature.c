#include "ctl/console/feature.h"

#include "ctl/session/candidate.h"

/* True if the feature would be active after the caller's commit. */
static bool is_enabled(const struct tr_status *status)
{
    const struct tr_candidate *staged = candidate_of_caller(status);

    return staged && staged->has_enabled ? staged->enabled : status->enabled;
}

static bool is_disabled(const struct tr_status *status)
{
    return !is_enabled(status);
}

const struct choice feature_choices[] = {
    { "ENABLE", "To enable the Cisco Threat Response feature on your appliance.", "", .applies = is_disabled,
        .verb = "enable" },
    { "DISABLE", "To disable the Cisco Threat Response feature on your appliance.", "", .applies = is_enabled,
        .verb = "disable" },
    { 0 },
};
