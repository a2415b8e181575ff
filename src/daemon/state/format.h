/*
 * The versions of the state file: what each may hold, and how it becomes the next one. Whatever changes in what
 * a file can hold (a member, a value of an enumeration, a limit that grows) makes a new version, so that an older
 * program leaves the file alone and does not lose what it can't understand; within a version a member that
 * is not known is damage. tests/unit/test-format.c holds the newest version to that.
 */
#pragma once

#include "common/json.h"

enum {
    FORMAT_VERSION = 2, /* the newest, which is what is written */
};

/* Makes what a file holds a document of the newest version, in place. 0; -EBADMSG and what is wrong in
 * field[size]; -EOVERFLOW if a newer version wrote it; -ENOMEM. *ret_version is the version that was found. */
int format_understand(json_object *document, int64_t *ret_version, char *field, size_t size);
