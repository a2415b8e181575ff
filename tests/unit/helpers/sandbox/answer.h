/*
 * Looks into an answer of the sandbox.
 */
#pragma once

#include "common/json.h"
#include "sandbox/web/answer.h"
#include "unit/helpers/sandbox/fixture.h"

/* Returns the value of the first header of that name, borrowed; NULL if there is none. */
const char *header_of(const struct answer *answer, const char *name);

/* Asserts the status and the code of a JSON error. */
void assert_error(const struct answer *answer, unsigned status, const char *code);
