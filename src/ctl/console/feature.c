#include "ctl/console/console.h"
#include "ctl/session/candidate.h"

/* What the caller would see active after his commit. */
static bool is_enabled(const struct tr_status *status)
{
    const struct tr_candidate *staged = candidate_of_caller(status);

    return staged && staged->has_enabled ? staged->enabled : status->enabled;
}

static bool is_disabled(const struct tr_status *status)
{
    return !is_enabled(status);
}

static int enable(struct console *console, int argc, char **argv)
{
    argv[0] = (char *)"enable";
    (void)argc;
    return console_run_verb(console, argv);
}

static int disable(struct console *console, int argc, char **argv)
{
    argv[0] = (char *)"disable";
    (void)argc;
    return console_run_verb(console, argv);
}

const struct choice feature_choices[] = {
    { "ENABLE", "To enable the Cisco Threat Response feature on your appliance.", "", .applies = is_disabled,
        .run = enable },
    { "DISABLE", "To disable the Cisco Threat Response feature on your appliance.", "", .applies = is_enabled,
        .run = disable },
    { 0 },
};
