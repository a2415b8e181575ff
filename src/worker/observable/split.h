/*
 * Splits a segment of a line into items, and joins parts around words for dots and at signs.
 */
#pragma once

#include "worker/observable/item.h"

struct splitter {
    const char *at, *end;
};

/* Fills the text and the input of the next item. Returns false at the end of the segment. */
bool split_next(struct splitter *splitter, struct item *ret);
