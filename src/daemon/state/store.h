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
    bool found;         /* a state existed, good or damaged */
    bool lost;          /* no state existed, though the appliance was set up; implies read_only */
    bool unwritten;     /* the last commit failed to write the file */
    bool replaced;      /* another directory is at the path, and nothing was written to it yet */
    struct mark mark;
    void (*changed)(void *userdata); /* called when the fault may have changed; may be NULL */
    void *userdata;
};

/* Makes a directory if it is missing, locks it, and reads its state. An unusable file sets the fault and does
 * not fail the call. Returns 0; -EAGAIN if another process holds the lock; -EPERM if other users can change
 * the directory; another negative errno. A failure also sets the fault, and logs nothing. */
int store_open(struct store *store, const char *directory);

/* Makes a new document that can't be committed, and sets the fault, for a directory that can't be opened.
 * Returns 0 or -ENOMEM. */
int store_open_nothing(struct store *store, const char *directory, const char *fault);

/* Compares the state with the mark beside the directory, which the next commit sets. A lost state becomes
 * read-only and has a fault. */
void store_watch_loss(struct store *store, const char *machine_id);

/* Ends a loss: the next commit begins a new state. */
void store_start_as_new(struct store *store);

/* Returns true if a state exists now at the path of the directory. */
bool store_is_back(const struct store *store);

/* Returns true if there is a fault that may have passed. */
bool store_may_look_again(const struct store *store);

/* Ends a fault that has passed: writes the state if the last commit could not, in the same directory, else looks for
 * damaged states that were set aside. */
void store_look_again(struct store *store);

/* Destroys the damaged states that were set aside, after a commit that has dropped the identity. */
void store_destroy_corrupt(struct store *store);

/* Erases the document and closes the directory (-1: none is open). Safe to repeat. */
void store_done(struct store *store);

/* Returns a copy of the document, which the caller changes and then commits or erases; NULL without memory. */
json_object *store_begin(const struct store *store);

/* Writes the copy to disk, then makes it the state in memory. Always takes the copy over. If the directory
 * was replaced, writes to the new one unless it has a state. Returns 0; -EROFS if the file must not be
 * touched; -ESTALE if the new directory has a state of its own; another negative errno, which the fault
 * explains. */
int store_commit(struct store *store, json_object *document);
