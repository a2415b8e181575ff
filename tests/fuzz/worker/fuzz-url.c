/* URLs that an activation may name: what is taken is https, and its EST operations are URLs again. */
#include <errno.h>

#include "fuzz/fuzz.h"
#include "worker/http/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = copy_text(data, size), *operation = NULL;
    struct url_parts parts, again;

    int r = url_parse(text, &parts);
    REQUIRE(r == 0 || r == -EINVAL);
    if (r == 0) {
        REQUIRE(utf8_is_printable(parts.authority) && *parts.host);
        if (url_est(text, text, "cacerts", &operation) == 0) {
            REQUIRE(strncmp(operation, "https://", 8) == 0);
            REQUIRE(strlen(operation) > LIMIT_URL || url_parse(operation, &again) == 0);
            REQUIRE(strlen(operation) > LIMIT_URL || strcmp(parts.host, again.host) == 0);
        }
        free(operation);
    }
    free(text);
    return 0;
}
