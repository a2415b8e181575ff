#include "ctl/console/console.h"
#include "ctl/session/report.h"
#include "ctl/text/output.h"

#include <strings.h>

static const char *const modes[] = { "machine", "group", "cluster", NULL };

const struct command command_table[] = {
    { "threatresponseconfig", "Enables or disables the Cisco Threat Response feature",
        .choices = feature_choices, .machine_mode = true, .is_link = true },
    { "cloudserviceconfig", "Registers or deregisters the appliance, chooses the Threat Response Server",
        .choices = cloud_choices, .notes = notes_print, .machine_mode = true, .is_link = true },
    { "commit", "Makes the changes active, with a comment", "[COMMENT]", .max_words = 1, .takes_text = true,
        .run = changes_commit },
    { "clearchanges", "Drops the changes since the last commit", "", .run = changes_clear },
    { "showchanges", "Shows what commit would change", "", .run = console_show_changes },
    { "commitlog", "Lists the commits, the newest first", "", .run = console_log },
    { "status", "Shows the state of the registration", "", .run = console_show_status },
    { "check", "Checks the way to the cloud, step by step", "[SERVER]", .max_words = 1, .takes_server = true,
        .run = console_check },
    { "clustermode", "Shows or sets what the commands apply to", "[machine|group|cluster]", modes, 1,
        .run = mode_run_command },
    { "help", "Lists the commands, or explains one", "[COMMAND]", .max_words = 1, .takes_command = true,
        .run = console_show_help },
    { "exit", "Leaves the console", "", .run = leave_console },
    { "quit", "Leaves the console", "", .run = leave_console },
    { 0 },
};

const struct command *command_find(const char *name)
{
    for (const struct command *command = command_table; command->name; command++)
        if (strcasecmp(command->name, name) == 0)
            return command;
    return NULL;
}

static void print_usage(const char *name, const char *verb, const char *parameters)
{
    char lower[32];
    size_t n = 0;

    for (; verb[n] && n < sizeof(lower) - 1; n++)
        lower[n] = verb[n] >= 'A' && verb[n] <= 'Z' ? (char)(verb[n] - 'A' + 'a') : verb[n];
    lower[n] = 0;
    printf("  %s%s%s%s%s\n", name, *lower ? " " : "", lower, *parameters ? " " : "", parameters);
}

int command_print_help(const struct command *command)
{
    printf("%s.\n\nUsage:\n", command->help);
    print_usage(command->name, "", command->choices ? "" : command->parameters);
    if (!command->choices)
        return 0;
    for (const struct choice *choice = command->choices; choice->verb; choice++)
        print_usage(command->name, choice->verb, choice->parameters);
    puts("\nOperations:");
    for (const struct choice *choice = command->choices; choice->verb; choice++)
        printf("  %s - %s\n", choice->verb, choice->text);
    return 0;
}

int console_show_help(struct console *console, int argc, char **argv)
{
    const struct command *command = argc > 1 ? command_find(argv[1]) : NULL;

    if (argc > 1 && !command)
        return report_usage(console->session, "There is no command %s.", argv[1]);
    if (command)
        return command_print_help(command);
    for (command = command_table; command->name; command++)
        printf("  %-22s%s\n", command->name, command->help);
    return 0;
}
