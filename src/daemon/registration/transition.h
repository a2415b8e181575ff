/*
 * Changes of the state of the registration: the one place that makes them. A change is saved first, then told, then acted
 * on.
 */
#pragma once

#include "daemon/registration/registration.h"

/* Puts the state into the document and commits it, tells the change, and plans what the new state asks for. Takes the
 * document over. 0 or a negative errno: nothing has changed. */
int transition_enter(struct registration *registration, json_object *document, enum state state);

/* Copies a failure (NULL: none) into the registration part of a document. */
void transition_note_failure(json_object *document, json_object *failure);
