/*
 * Files beside the state that may hold its keys: a damaged state that was set aside, and what an interruption has left. They are
 * overwritten when they go, as far as the file system allows it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The begin of the names of damaged states; the time follows. */
#define LEFTOVER_CORRUPT_PREFIX "state.json.corrupt-"

/* Overwrites a regular file of a directory and keeps its name. */
void leftover_overwrite(int directory, const char *name);

/* Removes a file of a directory and overwrites it, unless it has another name. Returns 0 or a negative errno if it could not be
 * removed. */
int leftover_discard(int directory, const char *name);

/* Gives a damaged state another name and writes it into name[size]; a mended state also keeps its old name.
 * Returns 0 or a negative errno. */
int leftover_set_aside(int directory, const char *file, bool mended, char *name, size_t size);

/* Returns true if the name is that of a state that was damaged in part, with the rest in use. */
bool leftover_was_mended(const char *name);

/* Copies the name of a damaged state in a directory into out[size]. Returns 0, or -ENOENT if there is none. */
int leftover_find_corrupt(int directory, char *out, size_t size);
