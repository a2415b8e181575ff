/*
 * Gets the registration token without showing it: from a file, from standard input, or from a person at a
 * terminal, whose echo is off meanwhile and on again whatever ends the prompt.
 */
#pragma once

#include "ctl/session/session.h"

enum {
    TOKEN_MAX = 4096, /* bytes that are read at most */
    TOKEN_MIN = 16,   /* characters; the cloud's tokens are longer */
};

/* Keeps the memory of this process out of core dumps and from other processes of the user. */
void token_hide_memory(void);

/* Reads the token; file NULL or "-" is standard input. Without surrounding white space, and not empty.
 * Returns 0, or the exit code after it has reported the failure. The caller erases. */
int token_read(struct session *session, const char *file, char **ret_token);

/* True if TOKEN_MIN of the characters of a token follow each other: such a word is not repeated, nor kept. */
bool token_is_possible(const char *word);

/* Cuts surrounding white space off text[size] in place. Returns the token inside of it, or NULL if it is
 * empty or has characters that JSON text can't carry. */
char *token_trim(char *text, size_t size);
