#include "ctl/console/secret-line.h"

#include "common/memory.h"
#include "ctl/console/command.h"
#include "ctl/console/tokenizer.h"
#include "ctl/session/token.h"

/* A person may have typed the token in the wrong place, or behind a mistyped command. */
static bool is_possible_in_words(const struct command *table, int argc, char **argv)
{
    const struct command *command = command_find(table, argv[0]);
    const struct choice *choice =
        command && command->choices && argc > 1 ? command_find_choice(command, argv[1]) : NULL;

    if (choice && choice->takes_token)
        return argc != 2 && !(argc == 4 && streq(argv[2], "--token-file"));
    if (command && command->takes_text && argc == 2)
        return false;
    for (int i = command ? 1 : 0; i < argc; i++)
        if (token_is_possible(argv[i]) && !command_find(table, argv[i]))
            return true;
    return false;
}

bool secret_line_is_possible(const struct command *table, const char *line)
{
    struct tokenizer_command command;
    const char *mistake;
    bool possible = false;
    int r;

    while ((r = tokenizer_next(&line, &command, &mistake)) > 0)
        possible = possible || is_possible_in_words(table, command.argc, command.argv);
    tokenizer_erase(&command);
    /* A malformed line may hold a token anywhere. */
    return possible || r < 0;
}
