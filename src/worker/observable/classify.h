/*
 * Decides what an item is: an observable of one type in its normal form, or the reason why it is none.
 */
#pragma once

#include "worker/observable/item.h"

#include <libpsl.h>

/* Decides about an item and fills the result, which has begun. Returns false, and leaves it, if nothing of the item is left
 * but punctuation. */
bool classify(const psl_ctx_t *suffixes, struct item *item, struct observable *observable);
