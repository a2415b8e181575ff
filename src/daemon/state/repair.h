/*
 * What is still good of a damaged state: each member that breaks the schema is dropped, and the registration is kept as long as
 * its identity is whole. A state with one unreadable member is then no reason to start as new.
 */
#pragma once

#include "common/json.h"

/* Drops what is wrong in a document, so that format_understand accepts it, and writes the paths of the dropped members into
 * dropped[size]. Returns 0; 1 if the registration could not be kept, but for the guid; -EBADMSG if
 * nothing can be kept; -ENOMEM. */
int repair_document(json_object *document, char *dropped, size_t size);
