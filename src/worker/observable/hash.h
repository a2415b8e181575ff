/* Recognises hashes of files: takes SHA-256, refuses other kinds and lengths by name. */
#pragma once

#include "worker/observable/label.h"
#include "worker/observable/observable.h"

/* Decides about an item of hexadecimal digits that is too long for a word, or that a label calls a hash.
 * Returns false if it looks like something else. */
bool hash_recognise(const char *text, const struct label *label, struct observable *observable);

/* Returns true if a text consists of one hexadecimal digit or more. */
bool hash_is_hexadecimal(const char *text);
