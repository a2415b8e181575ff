/*
 * The registration token: reads it from a file, from standard input or from a person at a terminal without
 * showing it, and tells what could be one. The echo of the terminal is on again whatever ends the prompt.
 */
#pragma once

#include "ctl/session/session.h"

enum {
    TOKEN_MAX = 4096, /* bytes of the input, with white space */
    TOKEN_MIN = 16,   /* characters; the daemon refuses a shorter token */
};

/* Keeps the memory of this process out of core dumps and from other processes of the user. */
void token_hide_memory(void);

/* Reads a token from a file (NULL or "-": standard input) and removes surrounding white space. Returns 0, or the
 * exit code after a report. The caller erases and frees it. */
int token_read(struct session *session, const char *file, char **ret_token);

/* Returns true if a word holds TOKEN_MIN characters of a token in a row. Such a word is never printed or kept. */
bool token_is_possible(const char *word);

/* Removes surrounding white space from text[size] in place and ends it with a NUL. Returns the token in it, or
 * NULL if it is empty or holds other characters than those of printable ASCII. */
char *token_trim(char *text, size_t size);
