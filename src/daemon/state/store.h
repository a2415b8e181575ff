/*
 * The state of the appliance: one JSON document in one file, checked against its schema when it is read, and replaced
 * atomically when it changes. Memory and disk always agree: a change is made on a copy and committed, and a failed commit
 * changes neither. The store owns the document and what it says (struct saved); both last until the next commit.
 */
#pragma once

#include "common/json.h"
#include "daemon/state/saved.h"

enum {
    STORE_SIZE_MAX = 1024 * 1024,
    STORE_COMMITS_MAX = 100,
};

struct store {
    int directory; /* descriptor; holds the lock, too */
    char *path;
    json_object *document;
    struct saved saved; /* what the document says */
    char *fault;        /* a sentence on what is wrong with the state; NULL if nothing is */
    bool read_only;     /* the file must not be touched: every commit fails */
};

/* Opens a directory and reads its state. A file that can't be used is told by the fault and does not fail the call. Returns
 * 0; -EAGAIN if another process holds the directory; another negative errno. */
int store_open(struct store *store, const char *directory);

/* Erases and closes. Safe on a zeroed store. */
void store_done(struct store *store);

/* Copies the document, for the caller to change and then to commit or erase. NULL without memory. */
json_object *store_begin(const struct store *store);

/* Makes the copy the state, on disk and then in memory. Takes the copy over in any case. Returns 0, or a negative errno
 * that the fault explains; -EROFS if the file must not be touched. */
int store_commit(struct store *store, json_object *document);
