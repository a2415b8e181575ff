/* Why something that was asked for is not done: a reason and a sentence. The remedy follows from the reason. */
#pragma once

#include "common/reason.h"

struct refusal {
    enum reason reason; /* REASON_NONE if it was not refused */
    char message[512];
};

/* Sets a refusal. Returns false, to be returned at once. */
bool refusal_set(struct refusal *ret, enum reason reason, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
