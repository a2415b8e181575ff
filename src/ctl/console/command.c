#include "ctl/console/command.h"

#include "common/mistyped.h"

#include <strings.h>

const struct command *command_find(const struct command *table, const char *name)
{
    for (const struct command *command = table; command->name; command++)
        if (strcasecmp(command->name, name) == 0)
            return command;
    return NULL;
}

const struct command *command_suggest(const struct command *table, const char *name)
{
    const struct command *nearest = NULL;
    int distance = MISTYPED_FAR;

    for (const struct command *command = table; command->name; command++)
        if (mistyped_is_nearer(name, command->name, &distance))
            nearest = command;
    return nearest;
}

const struct choice *command_find_choice(const struct command *command, const char *name)
{
    for (const struct choice *choice = command->choices; choice->name; choice++)
        if (strcasecmp(choice->name, name) == 0)
            return choice;
    return NULL;
}

const struct choice *command_suggest_choice(const struct command *command, const char *name)
{
    const struct choice *nearest = NULL;
    int distance = MISTYPED_FAR;

    for (const struct choice *choice = command->choices; choice->name; choice++)
        if (mistyped_is_nearer(name, choice->name, &distance))
            nearest = choice;
    return nearest;
}

static void print_usage(const char *name, const char *choice, const char *parameters)
{
    char lower[32];
    size_t n = 0;

    for (; choice[n] && n < sizeof(lower) - 1; n++)
        lower[n] = choice[n] >= 'A' && choice[n] <= 'Z' ? (char)(choice[n] - 'A' + 'a') : choice[n];
    lower[n] = 0;
    printf("  %s%s%s%s%s\n", name, *lower ? " " : "", lower, *parameters ? " " : "", parameters);
}

void command_print_help(const struct command *command)
{
    printf("%s.\n\nUsage:\n", command->help);
    print_usage(command->name, "", command->choices ? "" : command->parameters);
    if (!command->choices)
        return;
    for (const struct choice *choice = command->choices; choice->name; choice++)
        print_usage(command->name, choice->name, choice->parameters);
    puts("\nOperations:");
    for (const struct choice *choice = command->choices; choice->name; choice++)
        printf("  %s - %s\n", choice->name, choice->text);
}
