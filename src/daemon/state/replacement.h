/*
 * Reads and replaces the state file on disk, as a whole or not at all. Overwrites a replaced file before
 * removing its last name, since it may hold keys.
 */
#pragma once

#include "common/json.h"

#define REPLACEMENT_FILE "state.json"
#define REPLACEMENT_NEW "state.json.new"
#define REPLACEMENT_PREVIOUS "state.json.previous"

/* Reads a whole file of a directory, and sets its mode to 0600. The caller erases the text. Returns 0;
 * -ENOENT if there is no file; -EPERM if it is not a regular file of this user or root; -EFBIG; another
 * negative errno. */
int replacement_read(int directory, const char *name, char **ret_text, size_t *ret_size);

/* Writes a document as REPLACEMENT_NEW. Returns 0 or a negative errno. */
int replacement_write(int directory, json_object *document);

/* Renames REPLACEMENT_NEW over REPLACEMENT_FILE and, if asked, overwrites the replaced file. Returns 0, or a negative
 * errno if the old file is still in its place. */
int replacement_finish(int directory, bool erase);

/* Overwrites and removes the files that an interruption has left. */
void replacement_clean(int directory);
