/* Proxies: a first line that may be a URL or an exemption, then hosts, one a line. */
#include "common/proxy.h"
#include "fuzz/fuzz.h"

#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = copy_text(data, size), *hosts = strchr(text, '\n');

    if (hosts)
        *hosts++ = 0;
    if (proxy_url_is_valid(text))
        REQUIRE(utf8_is_printable(text) && strncasecmp(text, "http", 4) == 0 && !strchr(text, '@'));
    bool valid = proxy_exemption_is_valid(text);
    if (valid)
        REQUIRE(*text && utf8_is_printable(text));
    for (char *host = hosts, *end; valid && host; host = end) {
        end = strchr(host, '\n');
        if (end)
            *end++ = 0;
        bool exempt = proxy_exempts(text, host, 443);
        for (char *at = host; *at; at++)
            if (*at >= 'a' && *at <= 'z')
                *at = (char)(*at - 'a' + 'A');
        /* Case doesn't count. */
        REQUIRE(exempt == proxy_exempts(text, host, 443));
    }
    free(text);
    return 0;
}
