#include "common/https-url.h"

#include "common/limits.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    HOST_MAX = 253,
};

static bool is_host_name(const char *text, size_t length)
{
    return length > 0 && length <= HOST_MAX && text[0] != '.' &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") >= length;
}

/* Returns the length of a bracketed IPv6 address at the beginning of a text; 0 if there is none. */
static size_t measure_ipv6(const char *text)
{
    char address[INET6_ADDRSTRLEN];
    struct in6_addr ignored;
    size_t length = strcspn(text, "]");

    if (text[0] != '[' || text[length] != ']' || length > sizeof(address))
        return 0;
    memcpy(address, text + 1, length - 1);
    address[length - 1] = 0;
    return inet_pton(AF_INET6, address, &ignored) == 1 ? length + 1 : 0;
}

static bool is_port(const char *text, size_t length)
{
    long port = strtol(text, NULL, 10);

    return length > 0 && length <= 5 && strspn(text, "0123456789") >= length && port >= 1 && port <= 65535;
}

bool https_url_is_valid(const char *text)
{
    static const char scheme[] = "https://";
    size_t length = strlen(text);

    if (length > LIMIT_URL || strncasecmp(text, scheme, strlen(scheme)) != 0)
        return false;
    for (const char *c = text; *c; c++)
        if (*c <= ' ' || *c >= 0x7f || *c == '#')
            return false;

    const char *authority = text + strlen(scheme);
    size_t end = strcspn(authority, "/?"), host = measure_ipv6(authority);
    if (host == 0) {
        host = strcspn(authority, ":/?");
        if (!is_host_name(authority, host))
            return false;
    }
    return host == end || (authority[host] == ':' && is_port(authority + host + 1, end - host - 1));
}
