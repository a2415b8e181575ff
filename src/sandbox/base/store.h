/*
 * The directory of the sandbox as its database: one small JSON file per token, context and enrolment
 * credential. Files are replaced by rename, so a reader always sees a whole one, and then overwritten, since
 * they hold tokens and keys. A caller that changes a file holds the lock from before it reads. The server
 * keeps no copy in memory, so the verbs of the portal need no channel to it. Names are paths below the
 * directory; callers check the parts that come from outside. Functions return 0 or negative errno unless they
 * say more.
 */
#pragma once

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

struct store {
    int fd;
    char *path; /* absolute */
};

#define STORE_EMPTY ((struct store){ .fd = -1, .path = NULL })

/* Opens the directory; with create, makes it (0700) and its folders first. The caller closes the store.
 * Returns -EPERM, and prints the reason to standard error, if other users can change the directory: they
 * could put programs into its configuration. */
int store_open_directory(const char *directory, bool create, struct store *ret);

/* Closes the store. Accepts STORE_EMPTY. */
void store_close(struct store *store);

/* Waits for the lock of the documents. Returns a descriptor that unlocks when it is closed, or negative errno. */
int store_lock(const struct store *store);

/* Takes the lock of the running server without waiting and writes the process id into it. Returns the descriptor;
 * -EWOULDBLOCK if a server runs already, with its process id in *ret_pid unless that is unknown; or negative errno. */
int store_lock_server(const struct store *store, long *ret_pid);

/* Reads a whole file, NUL-terminated; the caller frees. -ENOENT if it doesn't exist. ret_size may be NULL. */
int store_read(const struct store *store, const char *name, char **ret, size_t *ret_size);

/* Replaces a file (0600) in one step. */
int store_write(const struct store *store, const char *name, const void *data, size_t size);

/* Reads a document; the caller puts it. -ENOENT if it doesn't exist, -EBADMSG if it is not a JSON object or array. */
int store_read_json(const struct store *store, const char *name, json_object **ret);

/* Replaces a document in one step. */
int store_write_json(const struct store *store, const char *name, json_object *document);

/* Removes a file. -ENOENT if it doesn't exist. */
int store_remove(const struct store *store, const char *name);

/* Reads all documents of a folder into one JSON array, ordered by file name; the caller puts it. Unreadable documents
 * are left out. */
int store_list(const struct store *store, const char *folder, json_object **ret);
