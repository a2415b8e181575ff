#include "common/host.h"

#include <string.h>
#include <strings.h>

bool host_matches(const char *host, const char *entry, size_t length)
{
    size_t host_length = strlen(host);

    if (host_length && host[host_length - 1] == '.')
        host_length--;
    if (length == 1 && *entry == '*')
        return true;
    if (length && *entry == '.') {
        entry++;
        length--;
    }
    if (length && entry[length - 1] == '.')
        length--;
    if (length == 0 || length > host_length)
        return false;
    const char *tail = host + host_length - length;
    return strncasecmp(tail, entry, length) == 0 && (tail == host || tail[-1] == '.');
}
