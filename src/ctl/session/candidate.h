/* Staged settings: each user has candidates of its own until they are committed. */
#pragma once

#include "threatresponse.h"

/* Returns what the calling user has staged, borrowed from the state; NULL if nothing. */
const struct tr_candidate *candidate_of_caller(const struct tr_status *status);
