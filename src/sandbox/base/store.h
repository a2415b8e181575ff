/* The sandbox's directory as its database: one small JSON file per token, context and enrolment credential.
 * Files are replaced by rename, so a reader always sees a whole one, whoever writes and however the writer
 * ends; whoever reads in order to change holds the lock. The server keeps no copy in memory, which is why
 * the portal verbs need no channel to it. Names are paths below the directory; callers check the
 * parts that come from outside before they use them. */
#pragma once

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

struct store {
    int fd;
    char *path; /* absolute */
};

#define STORE_EMPTY ((struct store){ .fd = -1, .path = NULL })

/* Opens the directory; with create, makes it (0700) and its folders first. 0 or negative errno. */
int store_open_directory(const char *directory, bool create, struct store *ret);

/* Releases what store_open_directory() took. Accepts an empty store. */
void store_close(struct store *store);

/* Waits for the lock over the documents. Returns a descriptor; closing it unlocks. */
int store_lock(const struct store *store);

/* Takes the lock of the running server without waiting and writes the process id into it. Returns the
 * descriptor; -EWOULDBLOCK when a server runs already, then *ret_pid is its process id (0 when it is not
 * known). */
int store_lock_server(const struct store *store, long *ret_pid);

/* Reads a whole file, NUL-terminated; the caller frees. -ENOENT when it does not exist. ret_size may be NULL.
 */
int store_read(const struct store *store, const char *name, char **ret, size_t *ret_size);

/* Replaces a file (0600) in one step. */
int store_write(const struct store *store, const char *name, const void *data, size_t size);

/* Reads a document; the caller puts it. -ENOENT when it does not exist, -EBADMSG when it is no JSON object or
 * array. */
int store_read_json(const struct store *store, const char *name, json_object **ret);

/* Replaces a document in one step. */
int store_write_json(const struct store *store, const char *name, json_object *document);

/* Removes a file. -ENOENT when it does not exist. */
int store_remove(const struct store *store, const char *name);

/* All documents of a folder as one JSON array, ordered by file name; the caller puts it. Unreadable ones are
 * left out. */
int store_list(const struct store *store, const char *folder, json_object **ret);
