/*
 * Changes of a document of the state: its parts, their members, and what is dropped together. Works on a copy that
 * store_begin made; what the state says now is read from struct saved.
 */
#pragma once

#include "common/json.h"

/* The parts of a document, borrowed from it. */
json_object *document_settings(json_object *document);
json_object *document_registration(json_object *document);
json_object *document_commits(json_object *document);

/* Sets a member of a part and erases its old value; NULL drops the member. Takes the value over. 0 or -ENOMEM. */
int document_set(json_object *part, const char *member, json_object *value);
int document_set_string(json_object *part, const char *member, const char *value);

/* Drops from the registration what belongs to an attempt to register and to what came of it; the guid stays, so that the
 * next attempt finds the context of the cloud again. */
void document_forget_attempt(json_object *registration);

/* Drops the identity of the appliance with its guid and its binding to the machine. */
void document_forget_identity(json_object *document);
