/*
 * The state of the appliance: one JSON document in one file, checked against a schema when it is read and
 * replaced atomically when it changes. The document in memory is always what is on disk, in the words of the newest
 * version: who wants a change begins a copy, changes it and commits it; a failed commit leaves memory and disk
 * as they were. The store owns the document; what store_registration and the like return is borrowed until the
 * next commit.
 */
#pragma once

#include "common/json.h"

enum {
    STORE_SIZE_MAX = 1024 * 1024,
    STORE_COMMITS_MAX = 100,
};

struct store {
    int directory; /* descriptor; holds the lock, too */
    char *path;
    json_object *document;
    char *fault;    /* what is wrong with the state, a sentence; NULL if nothing is */
    bool read_only; /* the file is there but not to be touched: every commit fails */
};

/* Opens a directory and reads its state; an unusable file is no failure but a fault (see above). 0, -EAGAIN
 * if another process holds the directory, or another negative errno. */
int store_open(struct store *store, const char *directory);

/* Erases and closes. Safe on a zeroed store. */
void store_done(struct store *store);

/* A copy of the document, for the caller to change and to commit or to erase. NULL without memory. */
json_object *store_begin(const struct store *store);

/* Makes a copy the state: to disk, then to memory. Takes the copy over in any case. 0 or a negative errno
 * (-EROFS if the file is not to be touched); the fault tells it in words. */
int store_commit(struct store *store, json_object *document);

/* Parts of a document (the store's own or a copy). */
json_object *store_settings(json_object *document);
json_object *store_registration(json_object *document);
json_object *store_commits(json_object *document);

/* Sets or drops a member of a part; the old value is erased. value may be NULL. 0 or -ENOMEM. */
int store_set(json_object *part, const char *key, json_object *value);
int store_set_string(json_object *part, const char *key, const char *value);
