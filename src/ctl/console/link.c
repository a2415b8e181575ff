#include "ctl/console/link.h"

#include "ctl/console/commands.h"
#include "ctl/console/console.h"
#include "ctl/console/execute.h"
#include "ctl/console/terminal.h"
#include "ctl/console/tokenizer.h"
#include "ctl/session/report.h"
#include "ctl/session/token.h"

const struct command *link_find(const char *program)
{
    const char *slash = strrchr(program, '/');
    const struct command *command = command_find(command_table, slash ? slash + 1 : program);

    return command && command->is_link ? command : NULL;
}

static int run_command(struct console *console, const struct command *command, int argc, char **argv)
{
    char *words[TOKENIZER_WORDS_MAX + 1] = { (char *)(uintptr_t)command->name };

    if (argc + 1 > TOKENIZER_WORDS_MAX)
        return report_usage(console->session, "There are too many words.");
    memcpy(words + 1, argv, (size_t)argc * sizeof(*argv));
    if (console->input == CONSOLE_TERMINAL)
        terminal_open(console);
    token_hide_memory();
    return execute_command(console, command, argc + 1, words);
}

int link_run(struct session *session, const struct command *command, int argc, char **argv)
{
    struct console console;

    if (session->json)
        return report_usage(session, "The console prints no JSON: use the verbs of trctl for that.");
    console_begin(&console, session, command_table, argc > 0);
    console.is_link = true;
    snprintf(console.usage_hint, sizeof(console.usage_hint), "See \"%s --help\".", command->name);
    int r = run_command(&console, command, argc, argv);
    console_end(&console);
    return r;
}
