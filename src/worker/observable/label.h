/*
 * Words that say what the next item is: "IP:", "sha256=", "domain:". Some force the type of the item, some name a hash that
 * is none of ours, and of the others only the name is kept, for a note.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum label_kind {
    LABEL_NONE,
    LABEL_UNKNOWN, /* any other word */
    LABEL_ANY,     /* known, and says nothing about the type */
    LABEL_IP,
    LABEL_DOMAIN,
    LABEL_URL,
    LABEL_SHA256,
    LABEL_OTHER_HASH,
};

enum {
    LABEL_NAME_SIZE = 33,
};

struct label {
    enum label_kind kind;
    char name[LABEL_NAME_SIZE]; /* as it was written */
};

/* Reads a label at the beginning of an item. Returns its length with the colon or equals sign (all of the item if it labels
 * the next one), or 0 if there is none. */
size_t label_read(const char *text, size_t size, struct label *ret);

/* Reads an item that is the name of a hash, as in "SHA256 (file) = ...". Returns false if it is none. */
bool label_read_hash(const char *text, size_t size, struct label *ret);
