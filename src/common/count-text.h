/* Counts as people read them: "1 hour", "2 hours". */
#pragma once

#include <stdint.h>

struct count_text {
    char text[64];
};

/* Returns the number and the unit, which is given for one ("hour") and gets an s for any other number. */
struct count_text count_text(int64_t count, const char *unit);
