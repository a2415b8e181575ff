/*
 * Splits what is typed in the console into commands and their words, with the quoting of a shell: single and
 * double quotes, backslash, ';' and the end of a line between commands, '#' before a comment. Nothing is
 * expanded. A command owns its words, which may be secret: erase it.
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

/* Takes the next command off *text, which moves behind it. Returns 1; 0 at the end; -EINVAL and a sentence
 * (static) if what stands there can't be understood. */
int tokenizer_next(const char **text, struct tokenizer_command *command, const char **ret_mistake);

/* Overwrites the words. */
void tokenizer_erase(struct tokenizer_command *command);
