/*
 * Splits the text that is typed in the console into commands and words. It knows a shell's single and double
 * quotes, backslash, ';' and the end of a line between commands, and '#' before a comment; it expands nothing. A
 * command owns its words, which may be secret: erase it.
 */
#pragma once

enum {
    TOKENIZER_WORDS_MAX = 16,
    TOKENIZER_BYTES_MAX = 8192, /* of all words of a command, with their ends */
};

struct tokenizer_command {
    int argc;
    char *argv[TOKENIZER_WORDS_MAX + 1]; /* ends with NULL */
    char bytes[TOKENIZER_BYTES_MAX];
};

/* Splits off the next command and moves *text behind it. Returns 1, or 0 at the end of the text; -EINVAL and a
 * sentence (static) if the text is malformed: then the command is erased. */
int tokenizer_next(const char **text, struct tokenizer_command *command, const char **ret_mistake);

/* Overwrites a command with its words. */
void tokenizer_erase(struct tokenizer_command *command);
