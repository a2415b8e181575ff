/*
 * Classifies an item: an observable of one type in its normal form, or a refusal with a reason.
 */
#pragma once

#include "worker/observable/item.h"

#include <libpsl.h>

/* Decides about an item and fills the result, which has begun. Returns false, without a result, if the item
 * is only punctuation. */
bool classify(const psl_ctx_t *suffixes, struct item *item, struct observable *observable);
