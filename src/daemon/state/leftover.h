/*
 * Files beside the state that may hold its keys: a damaged state that was set aside, and what an interruption has left. They are
 * overwritten when they go, as far as the file system allows it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The begin of the names of damaged states; the time follows. */
#define LEFTOVER_CORRUPT_PREFIX "state.json.corrupt-"

/* Overwrites a regular file of a directory, which keeps its name. */
void leftover_overwrite(int directory, const char *name);

/* Removes a file of a directory and overwrites it, unless it has another name. Returns 0 or a negative errno if it could not be
 * removed. */
int leftover_discard(int directory, const char *name);

/* Gives a damaged state another name, which is written into name[size]; a mended one keeps its own, too. Returns 0 or a negative
 * errno. */
int leftover_set_aside(int directory, const char *file, bool mended, char *name, size_t size);

/* Returns true if what was set aside by this name was damaged in part, and the rest is in use. */
bool leftover_was_mended(const char *name);

/* Copies the name of a damaged state in a directory into out[size]. Returns 0, or -ENOENT if there is none. */
int leftover_find_corrupt(int directory, char *out, size_t size);
