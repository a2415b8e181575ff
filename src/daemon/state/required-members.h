/*
 * Which members a registration must have in its state and before each step: a file that a hand has edited may lack them.
 */
#pragma once

#include "common/json.h"

/* True if the registration part of a document has what its state and its next steps need. */
bool required_members_are_there(json_object *registration);
