/*
 * The members that a registration must have in its state and before its next steps. A file that was edited by hand may
 * lack them.
 */
#pragma once

#include "common/json.h"

/* Returns true if the registration part of a document has all members that its state and its next steps need. */
bool required_members_exist(json_object *registration);
