/*
 * Which typed lines hold a token or could hold one: nothing may keep them. The tables of the console say where a
 * token belongs, and where a text can't be one; elsewhere a word that looks like a token counts as one.
 */
#pragma once

#include <stdbool.h>

struct command;

/* Returns true if a line of the console with the commands of a table (ends with a NULL name) may hold a token. */
bool secret_line_is_possible(const struct command *table, const char *line);
