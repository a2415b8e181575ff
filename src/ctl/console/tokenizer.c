#include "ctl/console/tokenizer.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct scan {
    const char *at;
    struct tokenizer_command *command;
    size_t used;  /* bytes of the command */
    bool in_word; /* a word has begun; in quotes it may be empty */
    const char *mistake;
};

static bool set_mistake(struct scan *scan, const char *mistake)
{
    scan->mistake = mistake;
    return false;
}

static bool append_byte(struct scan *scan, char c)
{
    struct tokenizer_command *command = scan->command;

    if (!scan->in_word) {
        if (command->argc == TOKENIZER_WORDS_MAX)
            return set_mistake(scan, "The command has too many words.");
        command->argv[command->argc++] = command->bytes + scan->used;
        scan->in_word = true;
    }
    if (scan->used == TOKENIZER_BYTES_MAX)
        return set_mistake(scan, "The command is too long.");
    command->bytes[scan->used++] = c;
    return true;
}

/* Begins a word without a character: one in quotes may stay empty. end_word() writes its NUL. */
static bool begin_word(struct scan *scan)
{
    if (scan->in_word)
        return true;
    if (!append_byte(scan, 0))
        return false;
    scan->used--;
    return true;
}

static bool end_word(struct scan *scan)
{
    if (scan->in_word && !append_byte(scan, 0))
        return false;
    scan->in_word = false;
    return true;
}

static bool take_single_quotes(struct scan *scan)
{
    if (!begin_word(scan))
        return false;
    for (scan->at++; *scan->at != '\''; scan->at++) {
        if (!*scan->at)
            return set_mistake(scan, "A single quote (') is not closed.");
        if (!append_byte(scan, *scan->at))
            return false;
    }
    scan->at++;
    return true;
}

static bool take_double_quotes(struct scan *scan)
{
    if (!begin_word(scan))
        return false;
    for (scan->at++; *scan->at != '"'; scan->at++) {
        /* As in a shell, a backslash escapes only these characters; before others it stays. */
        if (*scan->at == '\\' && scan->at[1] && strchr("\"\\$`\n", scan->at[1])) {
            if (*++scan->at == '\n')
                continue;
        } else if (!*scan->at)
            return set_mistake(scan, "A double quote (\") is not closed.");
        if (!append_byte(scan, *scan->at))
            return false;
    }
    scan->at++;
    return true;
}

static bool take_escape(struct scan *scan)
{
    scan->at++;
    if (!*scan->at)
        return set_mistake(scan, "Nothing follows the backslash (\\).");
    if (*scan->at != '\n' && !append_byte(scan, *scan->at))
        return false;
    scan->at++;
    return true;
}

/* Takes a quoted part, an escape or one character of a word. */
static bool take_character(struct scan *scan)
{
    switch (*scan->at) {
    case '\'':
        return take_single_quotes(scan);
    case '"':
        return take_double_quotes(scan);
    case '\\':
        return take_escape(scan);
    case '|':
    case '&':
    case '<':
    case '>':
        return set_mistake(
            scan, "The console has no pipes and redirections: put the characters | & < > in quotes.");
    default:
        return append_byte(scan, *scan->at++);
    }
}

static void skip_comment(struct scan *scan)
{
    scan->at += strcspn(scan->at, "\n");
}

/* Takes words up to the end of the command or of the text. */
static bool take_command(struct scan *scan)
{
    while (*scan->at && *scan->at != ';' && *scan->at != '\n') {
        if (strchr(" \t\r", *scan->at)) {
            if (!end_word(scan))
                return false;
            scan->at++;
        } else if (*scan->at == '#' && !scan->in_word)
            skip_comment(scan);
        else if (!take_character(scan))
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
