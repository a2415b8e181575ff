/*
 * The state of the appliance: one JSON document in one file, checked against its schema when it is read and replaced
 * atomically when it changes. Memory and disk always agree: a change is made on a copy, and a failed commit changes
 * neither. The store owns the document and the struct saved that was read from it; both last until the next commit.
 */
#pragma once

#include "common/json.h"
#include "daemon/state/mark.h"
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
    bool found;         /* there was a state, good or damaged */
    bool lost;          /* there was none, though the appliance was set up; read_only, too */
    bool
        replaced; /* another directory has taken the place of the first one, and nothing was written to it yet */
    struct mark mark;
    void (*changed)(void *userdata); /* is called when the fault may have changed; NULL: nobody asks */
    void *userdata;
};

/* Locks a directory, which is made if need be, and reads its state. A file that can't be used sets the fault and does
 * not fail the call. Returns 0; -EAGAIN if another process holds the lock; -EPERM if others can change the directory; another
 * negative errno. A failure sets the fault, too, and logs nothing. */
int store_open(struct store *store, const char *directory);

/* Stands in for a directory that can't be opened: makes a new document that can't be committed, and the fault. Returns 0 or
 * -ENOMEM. */
int store_open_nothing(struct store *store, const char *directory, const char *fault);

/* Compares with the mark beside the directory, which the next commit sets. A state that is lost is read-only and has a fault. */
void store_watch_loss(struct store *store, const char *machine_id);

/* Ends a loss: the next commit begins a new state. */
void store_start_as_new(struct store *store);

/* Returns true if the path of the directory leads to a state now. */
bool store_is_back(const struct store *store);

/* Destroys the damaged states that were set aside, after a commit that has dropped the identity. */
void store_destroy_corrupt(struct store *store);

/* Erases the document and closes the directory (-1: none is open). Safe to repeat. */
void store_done(struct store *store);

/* Returns a copy of the document, which the caller changes and then commits or erases; NULL without memory. */
json_object *store_begin(const struct store *store);

/* Makes the copy the state, on disk and then in memory. Takes the copy over in any case. A directory that was replaced since the
 * start gets the state if it has none. Returns 0; -EROFS if the file must not be touched; -ESTALE if the new directory has a state
 * of its own; another negative errno, which the fault explains. */
int store_commit(struct store *store, json_object *document);
