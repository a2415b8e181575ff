/*
 * Changes of a state document: its parts, their members, and which members are dropped together. The functions work on
 * a copy that store_begin has made. Read the current state from struct saved instead.
 */
#pragma once

#include "daemon/state/saved.h"

/* Return a part of a document, borrowed from it. */
json_object *document_settings(json_object *document);
json_object *document_registration(json_object *document);
json_object *document_commits(json_object *document);

/* Sets a member of a part and erases its old value; NULL drops the member. Takes the value over in any case. Returns 0
 * or -ENOMEM. */
int document_set(json_object *part, const char *member, json_object *value);

/* Sets a member to a copy of a string; NULL drops the member. Returns 0 or -ENOMEM. */
int document_set_string(json_object *part, const char *member, const char *value);

/* Notes in the registration when a failed operation is tried again. Returns 0 or -ENOMEM. */
int document_set_attempts(
    json_object *registration, enum operation operation, const struct saved_attempts *attempts);

/* Drops the note of one operation, or of all. */
void document_forget_attempts(json_object *registration, enum operation operation);
void document_forget_all_attempts(json_object *registration);

/* Drops all that belongs to an attempt to register and to its result. The guid stays, so that the next attempt finds
 * the context in the cloud again. */
void document_forget_attempt(json_object *registration);

/* Drops the new pair of a renewal, its step and its attempts. Keeps the pair in use. */
void document_forget_renewal(json_object *registration);

/* Drops the identity of the appliance: what document_forget_attempt drops, the guid, and the
 * binding to the machine. */
void document_forget_identity(json_object *document);
