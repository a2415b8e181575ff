#include "common/count-text.h"

#include <inttypes.h>
#include <stdio.h>

struct count_text count_text(int64_t count, const char *unit)
{
    struct count_text out;

    snprintf(out.text, sizeof(out.text), "%" PRId64 " %.32s%s", count, unit, count == 1 ? "" : "s");
    return out;
}
