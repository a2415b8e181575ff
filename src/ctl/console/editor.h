/*
 * Line editing for a person at a terminal, by libedit. It is loaded when an editor is made: linked, it and the
 * three libraries that it needs would make every other use of trctl a third slower. An editor owns its history;
 * the lines that it reads belong to the caller.
 */
#pragma once

#include "ctl/console/matches.h"

/* Finds the words that could stand at the end of a line. */
typedef void (*editor_complete)(void *userdata, const char *line, struct matches *ret);

struct editor;

/* Makes the editor of this process. Returns NULL if libedit isn't there or can't use the terminal, or if there is
 * an editor already: lines have to be read without one then. */
struct editor *editor_new(editor_complete complete, void *userdata);

/* Frees an editor. Accepts NULL, returns NULL. */
struct editor *editor_free(struct editor *editor);

/* Reads a line without its end; the caller frees it. Returns 0; -EINTR after Ctrl-C, -ENODATA at the end of the
 * input, or -ENOMEM. */
int editor_read(struct editor *editor, const char *prompt, char **ret_line);

/* Adds a line to the history. */
void editor_remember(struct editor *editor, const char *line);

/* Overwrites the editor's copies of the line that it has read last. */
void editor_forget(struct editor *editor);
