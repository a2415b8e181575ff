/*
 * The lines that were typed in the console, now and in earlier sessions: ~/.trctl_history, a file that only its
 * owner reads and writes. A line that may hold a token is not kept.
 */
#pragma once

struct command;
struct editor;

/* Gives the editor the lines of earlier sessions, if there is a file that can be read. */
void line_history_load(struct editor *editor);

/* Adds the line that the editor has read last to its history and to the file. If the line may hold
 * a token, it overwrites the editor's copy instead. */
void line_history_keep(struct editor *editor, const struct command *table, const char *line);
