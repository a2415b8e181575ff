/*
 * The versions of the state file: what each may hold, and how it becomes the next one. Each change of what a file can
 * hold (a member, a name of an enumeration, a limit that grows) makes a new version. An older program then leaves the
 * file alone instead of taking what it doesn't know for damage. test-format.c notices such a change.
 */
#pragma once

#include "common/json.h"

enum {
    FORMAT_VERSION = 3, /* the newest one, in which the file is written */
};

/* Checks what a file holds and migrates it to the newest version, in place. Sets *ret_version to the version of the
 * file in any case. Returns 0; -EBADMSG and the name of the bad member in field[size]; -EOVERFLOW if the version is
 * newer than FORMAT_VERSION; -ENOMEM. */
int format_understand(json_object *document, int64_t *ret_version, char *field, size_t size);
