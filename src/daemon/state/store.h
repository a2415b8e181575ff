/*
 * The state of the appliance: one JSON document in one file, checked against its schema when it is read and replaced
 * atomically when it changes. Memory and disk always agree: a change is made on a copy, and a failed commit changes
 * neither. The store owns the document and the struct saved that was read from it; both last until the next commit.
 */
#pragma once

#include "common/json.h"
#include "daemon/state/saved.h"

enum {
    STORE_SIZE_MAX = 1024 * 1024,
    STORE_COMMITS_MAX = 100,
};

struct store {
    int directory; /* a descriptor, which holds the lock */
    char *path;
    json_object *document;
    struct saved saved; /* read from the document */
    char *fault;        /* a sentence that says what is wrong with the state; NULL if nothing is */
    bool read_only;     /* the file must not be touched: each commit fails */
};

/* Locks a directory, which is made if need be, and reads its state. A file that can't be used sets the fault and does
 * not fail the call. Returns 0; -EAGAIN if another process holds the lock; another negative errno. */
int store_open(struct store *store, const char *directory);

/* Stands in for a directory that can't be opened, as the negative errno says: makes a new document that can't be committed,
 * and the fault. Returns 0 or -ENOMEM. */
int store_open_nothing(struct store *store, const char *directory, int error);

/* Destroys the damaged states that were set aside, after a commit that has dropped the identity. */
void store_destroy_corrupt(struct store *store);

/* Erases the document and closes the directory (-1: none is open). Safe to repeat. */
void store_done(struct store *store);

/* Returns a copy of the document, which the caller changes and then commits or erases; NULL without memory. */
json_object *store_begin(const struct store *store);

/* Makes the copy the state, on disk and then in memory. Takes the copy over in any case. Returns 0; -EROFS if the file
 * must not be touched; another negative errno, which the fault explains. */
int store_commit(struct store *store, json_object *document);
