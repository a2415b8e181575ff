#include "ctl/console/mode.h"

#include "ctl/console/ask.h"
#include "ctl/console/console.h"
#include "ctl/session/report.h"
#include "ctl/text/output.h"
#include "varlink/agent.h"

#include <strings.h>

#define RESTRICTED "This command is restricted to \"machine\" mode."

const char *const mode_names[] = { AGENT_CLUSTER_MODE_NAMES, NULL };

static const enum tr_cluster_mode modes[] = { AGENT_CLUSTER_MODE_VALUES(TR_CLUSTER_MODE_) };

/* Takes the mode from the daemon's configuration, unless it is known. */
static int learn_mode(struct console *console)
{
    struct tr_status *status;

    if (console->mode_known)
        return 0;
    int r = console_get_status(console, &status);
    if (r == 0)
        tr_status_free(status);
    return r;
}

static int show_mode(const struct console *console)
{
    if (console->mode == TR_CLUSTER_MODE_NONE)
        output_line(stdout, "This appliance is in no cluster: the settings belong to this machine.");
    else
        output_line(stdout, "The current mode is \"%s\".", tr_cluster_mode_to_string(console->mode));
    return 0;
}

int mode_run_command(struct console *console, int argc, char **argv)
{
    int r = learn_mode(console);

    if (r != 0)
        return r;
    if (argc == 1)
        return show_mode(console);

    for (size_t i = 0; i < ELEMENTS(modes); i++)
        if (strcasecmp(tr_cluster_mode_to_string(modes[i]), argv[1]) == 0) {
            if (console->mode == TR_CLUSTER_MODE_NONE)
                return report_failure(console->session, TR_CLASS_FAILED, "no_cluster", NULL,
                    "The group \"cluster\" of the daemon's configuration file makes it one of a cluster.",
                    "This appliance is in no cluster: the settings belong to this machine.");
            console->mode = modes[i];
            return show_mode(console);
        }
    return report_usage(
        console->session, "There is no mode \"%s\": the modes are machine, group and cluster.", argv[1]);
}

int mode_require_machine(struct console *console, bool may_ask)
{
    bool yes;

    int r = learn_mode(console);
    if (r != 0)
        return r;
    if (console->mode == TR_CLUSTER_MODE_NONE || console->mode == TR_CLUSTER_MODE_MACHINE)
        return 0;
    if (!may_ask)
        return report_failure(console->session, TR_CLASS_FAILED, "restricted_to_machine_mode", NULL,
            "Use \"clustermode machine\" first.", RESTRICTED);

    putchar('\n');
    r = ask_yes_or_no(console, RESTRICTED " Would you like to switch to \"machine\" mode?", true, &yes);
    if (r != 0)
        return r;
    if (!yes)
        return report_failure(console->session, TR_CLASS_FAILED, "declined", NULL, NULL,
            "The mode stays \"%s\"; nothing was changed.", tr_cluster_mode_to_string(console->mode));
    console->mode = TR_CLUSTER_MODE_MACHINE;
    return 0;
}
