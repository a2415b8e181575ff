/*
 * Mends a damaged state: drops each member that breaks the schema, and keeps the registration if its identity
 * is complete. One damaged member then does not cost the identity.
 */
#pragma once

#include "common/json.h"

/* Drops the wrong members of a document, so that format_understand() accepts it, and writes their paths into
 * dropped[size]. Returns 0; 1 if only the guid of the registration could be kept; -EBADMSG if nothing could
 * be kept; -ENOMEM. */
int repair_document(json_object *document, char *dropped, size_t size);
