/* Hashes of files: SHA-256 is taken, other kinds and lengths are refused by name. */
#pragma once

#include "worker/observable/label.h"
#include "worker/observable/observable.h"

/* Decides about an item that consists of hexadecimal digits as no word does, or that a label calls a hash. Returns false if it
 * looks like something else. */
bool hash_recognise(const char *text, const struct label *label, struct observable *observable);

/* Returns true if a text consists of hexadecimal digits, at least one. */
bool hash_is_hexadecimal(const char *text);
