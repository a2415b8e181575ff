#include "ctl/console/execute.h"

#include "ctl/console/console.h"
#include "ctl/console/menu.h"
#include "ctl/console/mode.h"
#include "ctl/console/tokenizer.h"
#include "ctl/session/report.h"

static int report_unknown_command(struct console *console, const char *name)
{
    const struct command *near = command_suggest(console->commands, name);

    if (near)
        return report_usage(console->session, "There is no command %s. Did you mean %s?", name, near->name);
    /* The name isn't repeated: it may be a token that was typed in the wrong place. */
    return report_usage(console->session, "There is no such command.");
}

int execute_command(struct console *console, const struct command *command, int argc, char **argv)
{
    int r = 0;

    snprintf(console->usage_hint, sizeof(console->usage_hint),
        console->is_link ? "See \"%s --help\"." : "See \"help %s\".", command->name);
    if (command->machine_mode)
        r = mode_require_machine(console, argc == 1 && console->input != CONSOLE_BATCH);
    if (r != 0)
        return r;
    if (!command->choices && argc - 1 > command->max_words)
        return report_usage(
            console->session, "There are too many words: put words that belong together in quotes.");
    if (command->verb) {
        argv[0] = (char *)(uintptr_t)command->verb;
        return console_run_verb(console, argv);
    }
    if (command->run)
        return command->run(console, argc, argv);
    if (argc > 1)
        return menu_run_choice(console, command, argc, argv);
    if (console->input == CONSOLE_BATCH)
        return report_usage(
            console->session, "%s needs an operation: there is nobody to ask.", command->name);
    return menu_run_dialogue(console, command);
}

static int execute_words(struct console *console, int argc, char **argv)
{
    const struct command *command = command_find(console->commands, argv[0]);

    snprintf(console->usage_hint, sizeof(console->usage_hint), "Enter \"help\" for the list of commands.");
    if (!command)
        return report_unknown_command(console, argv[0]);
    return execute_command(console, command, argc, argv);
}

/* Parses the whole text first: if a part is malformed, nothing is run. */
static int check_text(struct console *console, const char *text)
{
    struct tokenizer_command command;
    const char *mistake = NULL;
    int r;

    while ((r = tokenizer_next(&text, &command, &mistake)) > 0)
        ;
    tokenizer_erase(&command);
    if (r == 0)
        return 0;
    snprintf(console->usage_hint, sizeof(console->usage_hint), "Nothing was done.");
    return report_usage(console->session, "%s", mistake);
}

int execute_text(struct console *console, const char *text)
{
    struct tokenizer_command command;
    const char *mistake;

    int r = check_text(console, text);
    while (r == 0 && !console->leaving && tokenizer_next(&text, &command, &mistake) > 0) {
        r = execute_words(console, command.argc, command.argv);
        tokenizer_erase(&command);
    }
    fflush(stdout);
    return r;
}
