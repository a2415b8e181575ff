#include "ctl/console/tokenizer.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct scan {
    const char *at;
    struct tokenizer_command *command;
    size_t used;  /* bytes of the command */
    bool in_word; /* a word has begun, maybe an empty one in quotes */
    const char *mistake;
};

static bool fail(struct scan *scan, const char *mistake)
{
    scan->mistake = mistake;
    return false;
}

static bool put(struct scan *scan, char c)
{
    struct tokenizer_command *command = scan->command;

    if (!scan->in_word) {
        if (command->argc == TOKENIZER_WORDS_MAX)
            return fail(scan, "The command has too many words.");
        command->argv[command->argc++] = command->bytes + scan->used;
        scan->in_word = true;
    }
    if (scan->used == TOKENIZER_BYTES_MAX)
        return fail(scan, "The command is too long.");
    command->bytes[scan->used++] = c;
    return true;
}

/* An empty word in quotes is a word, too; its end is written with the next blank. */
static bool begin_word(struct scan *scan)
{
    if (scan->in_word)
        return true;
    if (!put(scan, 0))
        return false;
    scan->used--;
    return true;
}

static bool end_word(struct scan *scan)
{
    if (scan->in_word && !put(scan, 0))
        return false;
    scan->in_word = false;
    return true;
}

static bool single_quotes(struct scan *scan)
{
    if (!begin_word(scan))
        return false;
    for (scan->at++; *scan->at != '\''; scan->at++) {
        if (!*scan->at)
            return fail(scan, "A single quote (') is not closed.");
        if (!put(scan, *scan->at))
            return false;
    }
    scan->at++;
    return true;
}

static bool double_quotes(struct scan *scan)
{
    if (!begin_word(scan))
        return false;
    for (scan->at++; *scan->at != '"'; scan->at++) {
        /* As in a shell, a backslash is itself unless it stands before one of these. */
        if (*scan->at == '\\' && scan->at[1] && strchr("\"\\$`\n", scan->at[1])) {
            if (*++scan->at == '\n')
                continue;
        } else if (!*scan->at)
            return fail(scan, "A double quote (\") is not closed.");
        if (!put(scan, *scan->at))
            return false;
    }
    scan->at++;
    return true;
}

static bool backslash(struct scan *scan)
{
    scan->at++;
    if (!*scan->at)
        return fail(scan, "There is nothing behind the backslash (\\).");
    if (*scan->at != '\n' && !put(scan, *scan->at))
        return false;
    scan->at++;
    return true;
}

/* One character that is neither a blank nor ends the command. */
static bool take(struct scan *scan)
{
    switch (*scan->at) {
    case '\'':
        return single_quotes(scan);
    case '"':
        return double_quotes(scan);
    case '\\':
        return backslash(scan);
    case '|':
    case '&':
    case '<':
    case '>':
        return fail(scan, "The characters | & < > direct nothing here: put them in quotes.");
    default:
        return put(scan, *scan->at++);
    }
}

static void skip_comment(struct scan *scan)
{
    scan->at += strcspn(scan->at, "\n");
}

/* Up to the end of the command or of the text. */
static bool take_command(struct scan *scan)
{
    while (*scan->at && *scan->at != ';' && *scan->at != '\n') {
        if (strchr(" \t\r", *scan->at)) {
            if (!end_word(scan))
                return false;
            scan->at++;
        } else if (*scan->at == '#' && !scan->in_word)
            skip_comment(scan);
        else if (!take(scan))
            return false;
    }
    return end_word(scan);
}

int tokenizer_next(const char **text, struct tokenizer_command *command, const char **ret_mistake)
{
    struct scan scan = { .at = *text, .command = command };

    command->argc = 0;
    for (;;) {
        if (!take_command(&scan)) {
            tokenizer_erase(command);
            *ret_mistake = scan.mistake;
            return -EINVAL;
        }
        if (command->argc > 0 || !*scan.at)
            break;
        scan.at++; /* an empty command */
    }
    command->argv[command->argc] = NULL;
    *text = scan.at + (*scan.at != 0);
    return command->argc > 0;
}

void tokenizer_erase(struct tokenizer_command *command)
{
    explicit_bzero(command, sizeof(*command));
}
