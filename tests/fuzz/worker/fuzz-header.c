/* Header fields: Retry-After and Date of any text, and the field of any line. */
#include "common/limits.h"
#include "fuzz/fuzz.h"
#include "worker/http/header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = copy_text(data, size), *line = malloc(size + !size), out[16];
    time_t date;

    REQUIRE(line);
    if (size > 0)
        memcpy(line, data, size);
    int64_t seconds = header_retry_after(text, 1700000000);
    REQUIRE(seconds >= -1 && seconds <= LIMIT_RETRY_AFTER);
    header_date(text, &date);
    if (header_value(line, size, "Retry-After", out, sizeof(out)))
        REQUIRE(strlen(out) < sizeof(out) && header_retry_after(out, 1700000000) >= -1);
    free(line);
    free(text);
    return 0;
}
