#include "common/proxy.h"

#include "common/host.h"
#include "common/memory.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>

enum {
    ADDRESS_SIZE = sizeof(struct in6_addr),
    PORT_MAX = 65535,
    NAME_LENGTH_MAX = 253,
};

/* A parsed entry, or a parsed host. */
struct place {
    enum { PLACE_ANY, PLACE_LOCAL, PLACE_NAME, PLACE_ADDRESS } kind;
    char name[NAME_LENGTH_MAX + 1];
    int family;
    unsigned char address[ADDRESS_SIZE];
    unsigned bits; /* length of the prefix */
    unsigned port; /* 0: any */
};

/* Reads a number that consists of digits and lies between low and high. */
static bool read_number(const char *text, unsigned low, unsigned high, unsigned *ret)
{
    size_t length = strspn(text, "0123456789");

    if (length == 0 || length > 5 || text[length])
        return false;
    *ret = (unsigned)strtoul(text, NULL, 10);
    return *ret >= low && *ret <= high;
}

static bool read_address(const char *text, int family, struct place *place)
{
    if (inet_pton(family, text, place->address) != 1)
        return false;
    place->kind = PLACE_ADDRESS;
    place->family = family;
    place->bits = family == AF_INET ? 32 : 128;
    return true;
}

/* Reads the port behind an address or a name, if there is one. */
static bool read_port(const char *text, struct place *place)
{
    return !*text || (*text == ':' && read_number(text + 1, 1, PORT_MAX, &place->port));
}

/* Reads "[ADDRESS]", "[ADDRESS]:PORT", "[ADDRESS]/BITS". */
static bool read_bracketed(char *text, struct place *place)
{
    char *end = strchr(text, ']');

    if (!end)
        return false;
    *end++ = 0;
    if (!read_address(text + 1, AF_INET6, place))
        return false;
    return *end == '/' ? read_number(end + 1, 0, 128, &place->bits) : read_port(end, place);
}

/* Reads "ADDRESS/BITS". */
static bool read_range(char *text, char *slash, struct place *place)
{
    *slash++ = 0;
    return read_address(text, strchr(text, ':') ? AF_INET6 : AF_INET, place) &&
           read_number(slash, 0, place->bits, &place->bits);
}

/* Reads "10.*", "10.1.*" or "10.1.*.*": the first bytes of an address of IPv4. */
static bool read_wildcard(const char *text, struct place *place)
{
    unsigned byte, n = 0;

    place->kind = PLACE_ADDRESS;
    place->family = AF_INET;
    for (; isdigit((unsigned char)*text) && n < 4; n++) {
        char digits[8];
        size_t length = strspn(text, "0123456789");

        snprintf(digits, sizeof(digits), "%.*s", (int)(length < 7 ? length : 7), text);
        if (!read_number(digits, 0, 255, &byte) || text[length] != '.')
            return false;
        place->address[n] = (unsigned char)byte;
        text += length + 1;
    }
    place->bits = 8 * n;
    for (; n < 4 && *text == '*'; n++, text++)
        if (text[1] != '.' || n == 3)
            return text[1] == 0;
        else
            text++;
    return false;
}

static bool read_name(const char *text, struct place *place)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    size_t length;

    if (strncmp(text, "*.", 2) == 0)
        text++;
    if (*text == '.')
        text++;
    length = strspn(text, allowed);
    /* A name of digits only would be part of an address. */
    if (length == 0 || length > NAME_LENGTH_MAX || *text == '.' || *text == '-' || strstr(text, "..") ||
        strspn(text, "0123456789.") == length)
        return false;
    place->kind = PLACE_NAME;
    snprintf(place->name, sizeof(place->name), "%.*s", (int)length, text);
    return read_port(text + length, place);
}

static bool read_place(const char *entry, struct place *ret)
{
    char text[NAME_LENGTH_MAX + 16], *at;

    *ret = (struct place){ .kind = PLACE_ANY };
    if ((size_t)snprintf(text, sizeof(text), "%s", entry) >= sizeof(text))
        return false;
    if (streq(text, "*"))
        return true;
    if (strcasecmp(text, "<local>") == 0) {
        ret->kind = PLACE_LOCAL;
        return true;
    }
    if (*text == '[')
        return read_bracketed(text, ret);
    if ((at = strchr(text, '/')))
        return read_range(text, at, ret);
    if (read_address(text, AF_INET6, ret) || read_address(text, AF_INET, ret))
        return true;
    if (isdigit((unsigned char)*text) && strchr(text, '*'))
        return read_wildcard(text, ret);
    at = strchr(text, ':');
    if (at && strspn(text, "0123456789.") == (size_t)(at - text)) {
        *at = 0;
        if (!read_address(text, AF_INET, ret))
            return false;
        *at = ':';
        return read_port(at, ret);
    }
    return read_name(text, ret);
}

static bool address_is_in(const struct place *range, const struct place *host)
{
    unsigned bytes = range->bits / 8, rest = range->bits % 8;
    unsigned char mask = (unsigned char)(0xff00 >> rest);

    if (range->family != host->family || memcmp(range->address, host->address, bytes) != 0)
        return false;
    return rest == 0 || ((range->address[bytes] ^ host->address[bytes]) & mask) == 0;
}

bool proxy_exemption_is_valid(const char *entry)
{
    struct place place;

    return read_place(entry, &place);
}

bool proxy_exempts(const char *entry, const char *host, unsigned port)
{
    struct place place, other;

    if (!read_place(entry, &place) || !read_place(host, &other) || (place.port && place.port != port))
        return false;
    switch (place.kind) {
    case PLACE_ANY:
        return true;
    case PLACE_LOCAL:
        return other.kind == PLACE_NAME && !strchr(other.name, '.');
    case PLACE_NAME:
        return other.kind == PLACE_NAME && host_matches(other.name, place.name, strlen(place.name));
    case PLACE_ADDRESS:
        return other.kind == PLACE_ADDRESS && address_is_in(&place, &other);
    }
    return false;
}

bool proxy_url_is_valid(const char *url)
{
    struct place place;
    char authority[NAME_LENGTH_MAX + 16];

    if (strncasecmp(url, "http://", 7) == 0)
        url += 7;
    else if (strncasecmp(url, "https://", 8) == 0)
        url += 8;
    else
        return false;
    size_t length = strcspn(url, "/");
    if (length >= sizeof(authority) || (url[length] && url[length + 1]))
        return false;
    snprintf(authority, sizeof(authority), "%.*s", (int)length, url);
    return (isalnum((unsigned char)*authority) || *authority == '[') && read_place(authority, &place) &&
           (place.kind == PLACE_NAME || place.kind == PLACE_ADDRESS) && place.port != 0;
}
