/*
 * A refusal: the reason, a sentence why a request is not carried out, and what to do. The remedy follows from the reason
 * (common/reason.h) unless another one is set. The caller owns the struct; whoever refuses fills it.
 */
#pragma once

#include "common/reason.h"

struct refusal {
    enum reason reason; /* REASON_NONE if the request was not refused */
    char message[512];
    char remedy[512]; /* empty: that of the reason */
};

/* Fills a refusal. Returns false, for the caller to return at once. */
bool refusal_set(struct refusal *ret, enum reason reason, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
