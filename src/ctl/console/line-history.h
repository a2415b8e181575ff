/*
 * The lines that were typed in the console, now and in earlier sessions: ~/.trctl_history, a file that only its
 * owner reads and writes. A line that holds a token, or could, is not kept.
 */
#pragma once

#include <stdbool.h>

struct command;
struct editor;

/* Returns true if a line may be kept: its commands are of the table, or nothing in it could be a token. */
bool line_history_may_keep(const struct command *table, const char *line);

/* Gives the editor the lines of earlier sessions, if there is a file that can be read. */
void line_history_load(struct editor *editor);

/* Adds the line that the editor has read last to its history and to the file. If the line may not be kept, it
 * overwrites the editor's copy instead. */
void line_history_keep(struct editor *editor, const struct command *table, const char *line);
