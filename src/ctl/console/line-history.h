/*
 * What the console remembers of what was typed: the lines of earlier sessions in ~/.trctl_history, a file that
 * only its owner reads and writes. Never a token: see history_may_keep.
 */
#pragma once

#include "ctl/console/editor.h"

#include <stdbool.h>

/* True if a line may be kept: it has no token, and nothing in a wrong place that could be one. */
bool history_may_keep(const char *line);

/* Gives the editor the lines of earlier sessions. What can't be read is no history. */
void history_load(struct editor *editor);

/* Adds a line to the editor's history and to the file, if it may be kept. */
void history_keep(struct editor *editor, const char *line);
