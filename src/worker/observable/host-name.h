/*
 * Names of hosts: mapped by UTS 46 (non-transitional, libidn2), with A-labels, in lower case, without the final dot. What a
 * name is made of is checked here: libidn2 lets empty labels and long names through, and refuses labels that are in use.
 */
#pragma once

#include "worker/observable/observable.h"

enum {
    HOST_NAME_MAX_SIZE = 253, /* RFC 1035, as text */
    HOST_LABEL_MAX = 63,
};

/* Normalises a name. Returns true, or false and the refusal. */
bool host_name_normalise(const char *name, char out[HOST_NAME_MAX_SIZE + 1], struct observable *observable);
