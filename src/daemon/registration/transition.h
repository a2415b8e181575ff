/*
 * Changes of the state of the registration: this is the one place that makes them. A change is saved first, then
 * reported, then acted on.
 */
#pragma once

#include "daemon/registration/registration.h"

/* Commits the document with a new state, reports the change, and plans what the state asks for. Takes the document
 * over. Returns 0, or a negative errno: nothing has changed then. */
int transition_enter(struct registration *registration, json_object *document, enum state state);

/* Copies a failure (NULL: none) into the registration part of a document. */
void transition_note_failure(json_object *document, json_object *failure);
