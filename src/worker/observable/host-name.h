/*
 * Normalises names of hosts: mapped by UTS 46 (non-transitional, libidn2), with A-labels, in lower case,
 * without the final dot. Checks lengths and characters itself: libidn2 accepts empty labels and long names,
 * and refuses labels that are in use.
 */
#pragma once

#include "worker/observable/observable.h"

enum {
    HOST_NAME_MAX_SIZE = 253, /* RFC 1035, as text */
    HOST_LABEL_MAX = 63,
};

/* Normalises a name. Returns true, or false and the refusal. */
bool host_name_normalise(const char *name, char out[HOST_NAME_MAX_SIZE + 1], struct observable *observable);
