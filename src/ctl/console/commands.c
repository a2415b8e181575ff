#include "ctl/console/commands.h"

#include "ctl/console/changes.h"
#include "ctl/console/cloud.h"
#include "ctl/console/console.h"
#include "ctl/console/feature.h"
#include "ctl/console/leave.h"
#include "ctl/console/mode.h"
#include "ctl/console/notes.h"
#include "ctl/session/report.h"

static int show_help(struct console *console, int argc, char **argv)
{
    const struct command *command = argc > 1 ? command_find(console->commands, argv[1]) : NULL;

    if (argc > 1 && !command)
        return report_usage(console->session, "There is no command %s.", argv[1]);
    if (command) {
        command_print_help(command);
        return 0;
    }
    for (command = console->commands; command->name; command++)
        printf("  %-22s%s\n", command->name, command->help);
    return 0;
}

const struct command command_table[] = {
    { "threatresponseconfig", "Enables or disables the Cisco Threat Response feature",
        .choices = feature_choices, .machine_mode = true, .is_link = true },
    { "cloudserviceconfig", "Registers or deregisters the appliance, chooses the Threat Response Server",
        .choices = cloud_choices, .print_notes = notes_print, .machine_mode = true, .is_link = true },
    { "commit", "Makes the changes active, with a comment", "[COMMENT]", .max_words = 1, .takes_text = true,
        .run = changes_commit },
    { "clearchanges", "Drops the changes since the last commit", "", .run = changes_clear },
    { "showchanges", "Shows the changes that commit would make active", "", .verb = "diff" },
    { "commitlog", "Lists the commits, the newest first", "", .verb = "history" },
    { "status", "Shows the state of the registration", "", .verb = "status" },
    { "check", "Checks the way to the cloud, step by step", "[SERVER]", .max_words = 1, .takes_server = true,
        .verb = "check" },
    { "clustermode", "Shows or sets the mode that the commands work in", "[machine|group|cluster]",
        .options = mode_names, .max_words = 1, .run = mode_run_command },
    { "help", "Lists the commands, or explains one", "[COMMAND]", .max_words = 1, .takes_command = true,
        .run = show_help },
    { "exit", "Leaves the console", "", .run = leave_console },
    { "quit", "Leaves the console", "", .run = leave_console },
    { 0 },
};
