/*
 * Line editing for a person at a terminal: libedit, loaded when it is needed, so that no other use of trctl
 * pays for it. An editor owns its history; what it has read belongs to the caller.
 */
#pragma once

#include <stddef.h>

enum {
    EDITOR_MATCHES_MAX = 64,
    EDITOR_MATCH_MAX = 256, /* bytes, with the end */
};

/* The words that could stand where the last, unfinished word of a line stands. */
struct editor_matches {
    size_t typed; /* bytes of the unfinished word */
    size_t n;
    char words[EDITOR_MATCHES_MAX][EDITOR_MATCH_MAX];
};

typedef void (*editor_complete)(void *userdata, const char *line, struct editor_matches *ret);

/* Adds a word unless it does not begin, without regard to case, with what was typed, or there are too many. */
void editor_add_match(struct editor_matches *matches, const char *typed, const char *word);

/* The number of bytes that all words have in common; without regard to case. */
size_t editor_common_prefix(const struct editor_matches *matches);

struct editor;

/* Loads libedit. NULL if there is none, or it can't use the terminal: then read lines without it. */
struct editor *editor_new(editor_complete complete, void *userdata);

/* Frees; accepts NULL, returns NULL. */
struct editor *editor_free(struct editor *editor);

/* Reads a line without its end. 0; -EINTR after Ctrl-C; -ENODATA at the end of the input; -ENOMEM.
 */
int editor_read(struct editor *editor, const char *prompt, char **ret_line);

/* Adds a line to the history. */
void editor_remember(struct editor *editor, const char *line);

/* Overwrites what the editor keeps of the line that it has read last. */
void editor_forget(struct editor *editor);
