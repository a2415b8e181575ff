#include "worker/observable/address.h"

#include "worker/observable/address-kinds.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ADDRESS_TEXT_MAX = 128, /* a longer item is not an address */
};

bool address_is_dotted(const char *text)
{
    return strspn(text, "0123456789.") == strlen(text) && strchr(text, '.') && strpbrk(text, "0123456789");
}

bool address_is_port(const char *text)
{
    size_t length = strlen(text);

    return length > 0 && length <= 5 && strspn(text, "0123456789") == length && strtol(text, NULL, 10) >= 1 &&
           strtol(text, NULL, 10) <= 65535;
}

bool address_check_dotted(const char *text, struct observable *observable)
{
    size_t n = 1;

    for (const char *at = text; *at; at++)
        n += *at == '.';
    if (*text == '.' || strstr(text, "..") || text[strlen(text) - 1] == '.')
        return observable_refuse(
            observable, REFUSAL_NOT_AN_ADDRESS, "%s has a dot without a number beside it.", text);
    if (n != 4)
        return observable_refuse(
            observable, REFUSAL_NOT_AN_ADDRESS, "%s has %zu numbers; an IPv4 address has four.", text, n);
    for (const char *at = text; at; at = strchr(at, '.') ? strchr(at, '.') + 1 : NULL) {
        int length = (int)strcspn(at, ".");

        if (length > 1 && *at == '0')
            return observable_refuse(observable, REFUSAL_LEADING_ZERO,
                "%.*s begins with 0, which some programs read as octal: write the number without it.", length,
                at);
        if (length > 3 || strtol(at, NULL, 10) > 255)
            return observable_refuse(observable, REFUSAL_NOT_AN_ADDRESS,
                "%.*s is above 255: no IPv4 address has such a number.", length, at);
    }
    return true;
}

static void take_ipv4(const char *text, struct observable *observable)
{
    struct in_addr address;

    if (inet_pton(AF_INET, text, &address) != 1) {
        observable_refuse(observable, REFUSAL_NOT_AN_ADDRESS, "%s is no IPv4 address.", text);
        return;
    }
    address_note_ipv4(observable, address);
    observable_take(observable, OBSERVABLE_IP, text);
}

bool address_write_ipv6(const char *text, char out[INET6_ADDRSTRLEN])
{
    struct in6_addr address;

    return inet_pton(AF_INET6, text, &address) == 1 &&
           inet_ntop(AF_INET6, &address, out, INET6_ADDRSTRLEN) != NULL;
}

static void explain_ipv6(const char *text, struct observable *observable)
{
    const char *doubled = strstr(text, "::");
    size_t groups = 1, longest = 0;

    for (const char *at = text; *at; at += *at == ':') {
        size_t length = strcspn(at, ":");

        longest = length > longest && !memchr(at, '.', length) ? length : longest;
        at += length;
        groups += *at == ':';
    }
    if (strspn(text, "0123456789abcdefABCDEF:.") != strlen(text))
        observable_refuse(observable, REFUSAL_NOT_AN_ADDRESS,
            "%s has colons, but other characters than an IPv6 address.", text);
    else if (doubled && strstr(doubled + 1, "::"))
        observable_refuse(observable, REFUSAL_NOT_AN_ADDRESS,
            "%s has :: two times; an IPv6 address has it once at most.", text);
    else if (longest > 4)
        observable_refuse(observable, REFUSAL_NOT_AN_ADDRESS,
            "%s has a group of %zu digits; an IPv6 address has four at most.", text, longest);
    else
        observable_refuse(observable, REFUSAL_NOT_AN_ADDRESS,
            "%s has %zu groups; an IPv6 address has eight, or :: in place of zeros.", text, groups);
}

static void take_ipv6(const char *text, struct observable *observable)
{
    char out[INET6_ADDRSTRLEN];
    struct in6_addr address;

    if (inet_pton(AF_INET6, text, &address) != 1) {
        explain_ipv6(text, observable);
        return;
    }
    if (IN6_IS_ADDR_V4MAPPED(&address)) {
        inet_ntop(AF_INET, address.s6_addr + 12, out, sizeof(out));
        observable_note(observable, "The IPv4 address of %s.", text);
        take_ipv4(out, observable);
        return;
    }
    address_write_ipv6(text, out);
    address_note_ipv6(observable, &address);
    observable_take(observable, OBSERVABLE_IPV6, out);
}

/* Takes a bare address. */
static void take_address(const char *text, struct observable *observable)
{
    if (strchr(text, '%'))
        observable_refuse(observable, REFUSAL_ZONE,
            "%s names a network interface of one machine: write the address without %%.", text);
    else if (strchr(text, ':'))
        take_ipv6(text, observable);
    else if (address_check_dotted(text, observable))
        take_ipv4(text, observable);
}

/* Returns true if a text is an address or looks like a wrong one. */
static bool looks_like_address(const char *text)
{
    const char *colon = strchr(text, ':');
    size_t length = strcspn(text, "%");

    return address_is_dotted(text) ||
           (colon && strchr(colon + 1, ':') && strspn(text, "0123456789abcdefABCDEF:.") == length);
}

/* Decides about an address with a prefix length or mask. */
static bool recognise_prefix(char *text, char *slash, struct observable *observable)
{
    bool whole;

    *slash = 0;
    if (!looks_like_address(text) || strspn(slash + 1, "0123456789.") != strlen(slash + 1))
        return false;
    if (!slash[1]) {
        observable_note(observable, "The slash at the end was dropped.");
        take_address(text, observable);
        return true;
    }
    whole = strcmp(slash + 1, strchr(text, ':') ? "128" : "32") == 0;
    if (whole)
        observable_note(observable, "/%s was dropped.", slash + 1);
    take_address(text, observable);
    if (!whole && observable->refusal == REFUSAL_NONE)
        observable_refuse(observable, REFUSAL_NETWORK,
            "%s/%s is a network; an observable is one address: give the addresses in question.", text,
            slash + 1);
    return true;
}

static bool recognise_range(char *text, struct observable *observable)
{
    char *hyphen = strchr(text, '-');

    if (!hyphen)
        hyphen = strstr(text, "\xe2\x80\x93");
    if (!hyphen)
        return false;
    const char *rest = hyphen + (*hyphen == '-' ? 1 : 3);
    char saved = *hyphen;
    *hyphen = 0;
    bool range = looks_like_address(text) && *rest &&
                 (looks_like_address(rest) || strspn(rest, "0123456789") == strlen(rest));
    *hyphen = saved;
    if (range)
        observable_refuse(observable, REFUSAL_RANGE,
            "%s is a range; an observable is one address: give the addresses in question.", text);
    return range;
}

/* Decides about an address and its port, which may be NULL. */
static void take_with_port(const char *address, const char *port, struct observable *observable)
{
    if (port && !address_is_port(port)) {
        observable_refuse(observable, REFUSAL_PORT, "%s is no port: a port is 1 to 65535.", port);
        return;
    }
    if (port)
        observable_note(observable, "Port %s was dropped.", port);
    take_address(address, observable);
}

/* Decides about "[address]" and the text behind it. The opening bracket was cut off before. */
static bool recognise_bracketed(char *text, char *bracket, struct observable *observable)
{
    char *rest = bracket + 1;

    /* Treat "[address]/32" like the address without brackets. */
    if (*rest == '/' && rest[1] && strspn(rest + 1, "0123456789") == strlen(rest + 1)) {
        memmove(bracket, rest, strlen(rest) + 1);
        return recognise_prefix(text, bracket, observable);
    }
    if ((*rest && *rest != ':') || strchr(rest, '/'))
        return false;
    *bracket = 0;
    if (bracket == text)
        observable_refuse(observable, REFUSAL_NOT_AN_ADDRESS, "There is no address between the brackets.");
    else if (looks_like_address(text))
        take_with_port(text, *rest ? rest + 1 : NULL, observable);
    else
        return false;
    return true;
}

/* Decides about a text with one colon: address and port, or no address. */
static bool recognise_port(char *text, char *colon, struct observable *observable)
{
    *colon = 0;
    bool host = strchr(text, '.') || strspn(text, "0123456789abcdefABCDEF") != strlen(text);
    if (address_is_dotted(text))
        take_with_port(text, colon + 1, observable);
    else if (!host)
        observable_refuse(observable, REFUSAL_NOT_AN_ADDRESS, "%s:%s is no address.", text, colon + 1);
    return address_is_dotted(text) || !host;
}

/* Decides about a text with "*" instead of a number. */
static bool recognise_wildcard(const char *text, struct observable *observable)
{
    if (!strchr(text, '*') || strspn(text, "0123456789.*") != strlen(text) || !strchr(text, '.') ||
        !strpbrk(text, "0123456789"))
        return false;
    observable_refuse(observable, REFUSAL_WILDCARD,
        "%s means many addresses; an observable is one: give the addresses in question.", text);
    return true;
}

/* Decides about numbers with commas instead of dots. */
static bool recognise_commas(const char *text, struct observable *observable)
{
    if (!strchr(text, ',') || strspn(text, "0123456789,") != strlen(text))
        return false;
    observable_refuse(observable, REFUSAL_NOT_AN_ADDRESS, "%s has commas where dots belong.", text);
    return true;
}

bool address_recognise(const char *item, struct observable *observable)
{
    char text[ADDRESS_TEXT_MAX];

    if (strlen(item) >= sizeof(text))
        return false;
    memcpy(text, item, strlen(item) + 1);
    char *bracket = strchr(text, ']'), *slash = strchr(text, '/'), *colon = strchr(text, ':');

    if (bracket)
        return recognise_bracketed(text, bracket, observable);
    if (recognise_commas(text, observable) || recognise_wildcard(text, observable) ||
        recognise_range(text, observable))
        return true;
    if (slash)
        return recognise_prefix(text, slash, observable);
    if (colon && !strchr(colon + 1, ':'))
        return recognise_port(text, colon, observable);
    if (!colon && !address_is_dotted(text))
        return false;
    take_address(text, observable);
    return true;
}

bool address_ends_in_number(const char *host)
{
    const char *dot = strrchr(host, '.'), *last = dot ? dot + 1 : host;

    if (*last && strspn(last, "0123456789") == strlen(last))
        return true;
    return last[0] == '0' && (last[1] == 'x' || last[1] == 'X') &&
           strspn(last + 2, "0123456789abcdefABCDEF") == strlen(last + 2);
}

bool address_read_loosely(const char *host, struct in_addr *ret)
{
    /* inet_aton() ignores the text behind a blank; a host has no blank. */
    return !strpbrk(host, " \t") && inet_aton(host, ret) == 1;
}
