/*
 * Reads labels, words that name the next item: "IP:", "sha256=", "domain:". Some force the type of the item,
 * some name an unsupported hash; the others are kept by name, for a note.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum label_kind {
    LABEL_NONE,
    LABEL_UNKNOWN, /* any other word */
    LABEL_ANY,     /* known, without a type */
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
    char name[LABEL_NAME_SIZE]; /* as written */
};

/* Reads a label at the beginning of an item. Returns its length with the colon or equals sign; the length of
 * the item if the label is of the next one; 0 if there is no label. */
size_t label_read(const char *text, size_t size, struct label *ret);

/* Reads the name of a hash, as in "SHA256 (file) = ...". Returns false if the item is not one. */
bool label_read_hash(const char *text, size_t size, struct label *ret);
