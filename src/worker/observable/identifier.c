#include "worker/observable/identifier.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define DIGITS "0123456789"
#define HEXADECIMAL DIGITS "abcdefABCDEF"

static bool is_cve(const char *text)
{
    const char *year = strncasecmp(text, "cve-", 4) == 0 ? strchr(text, '-') + 1 : "";
    size_t length = strspn(year, DIGITS);

    if (length != 4 || year[length] != '-')
        return false;
    const char *number = year + length + 1;
    length = strspn(number, DIGITS);
    return length >= 4 && !number[length];
}

static bool is_asn(const char *text)
{
    size_t n = strncasecmp(text, "asn", 3) == 0 ? 3 : 2;

    return strncasecmp(text, "as", 2) == 0 && text[n] && strspn(text + n, DIGITS) == strlen(text + n);
}

/* Returns true for groups of hexadecimal digits, each of the given size, with one separator between them. */
static bool is_grouped(const char *text, size_t groups, size_t digits, char separator)
{
    for (size_t i = 0; i < groups; i++, text += digits + 1)
        if (strspn(text, HEXADECIMAL) != digits || text[digits] != (i + 1 < groups ? separator : 0))
            return false;
    return true;
}

static bool is_mac(const char *text)
{
    return is_grouped(text, 6, 2, ':') || is_grouped(text, 6, 2, '-') || is_grouped(text, 3, 4, '.') ||
           is_grouped(text, 8, 2, ':') || is_grouped(text, 8, 2, '-');
}

/* Returns the length of the base64 characters at the beginning of a text. */
static size_t base64_length(const char *text)
{
    size_t n = 0;

    while (isalnum((unsigned char)text[n]) || text[n] == '+' || text[n] == '/')
        n++;
    return n;
}

static bool is_ssdeep(const char *text)
{
    size_t block = strspn(text, DIGITS);

    if (block == 0 || text[block] != ':')
        return false;
    const char *first = text + block + 1;
    size_t length = base64_length(first);
    if (length < 3 || first[length] != ':')
        return false;
    const char *second = first + length + 1;
    /* A text of colons and hexadecimal digits only is an address. */
    return *second && base64_length(second) == strlen(second) && strspn(text, HEXADECIMAL ":") < strlen(text);
}

static bool is_registry_key(const char *text)
{
    static const char *const roots[] = { "HKLM", "HKCU", "HKCR", "HKU", "HKCC", "HKEY_LOCAL_MACHINE",
        "HKEY_CURRENT_USER", "HKEY_CLASSES_ROOT", "HKEY_USERS", "HKEY_CURRENT_CONFIG" };

    for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
        size_t length = strlen(roots[i]);

        if (strncasecmp(text, roots[i], length) == 0 && text[length] && strchr("\\/:", text[length]))
            return true;
    }
    return false;
}

static bool is_path(const char *text)
{
    if (isalpha((unsigned char)text[0]) && text[1] == ':' && (text[2] == '\\' || text[2] == '/'))
        return true;
    if (text[0] == '/' && text[1] != '/')
        return true;
    return strchr(text, '\\') || strncmp(text, "~/", 2) == 0 || strncmp(text, "./", 2) == 0 ||
           strncmp(text, "../", 3) == 0 || (text[0] == '%' && strchr(text + 1, '%') && strchr(text, '/')) ||
           (text[0] == '$' && strchr(text, '/'));
}

bool identifier_recognise_email(const char *text, struct observable *observable)
{
    const char *at = strchr(text, '@');

    /* An at sign behind a slash belongs to the path of a URL. */
    if (!at || at == text || !at[1] || memchr(text, '/', (size_t)(at - text)))
        return false;
    at = strrchr(text, '@') + 1;
    observable_refuse(observable, REFUSAL_EMAIL,
        "An e-mail address is not an observable: give the domain %.*s, if that is meant.",
        (int)strcspn(at + (*at == '['), "/?#:]"), at + (*at == '['));
    return true;
}

bool identifier_recognise(const char *text, struct observable *observable)
{
    if (is_cve(text))
        observable_refuse(observable, REFUSAL_CVE, "%s is a vulnerability, not an observable.", text);
    else if (is_asn(text))
        observable_refuse(observable, REFUSAL_ASN,
            "%s is an autonomous system; an observable is one address: give the addresses in question.",
            text);
    else if (is_mac(text))
        observable_refuse(
            observable, REFUSAL_MAC, "%s is a MAC address: give the IP address of the host.", text);
    else if (is_ssdeep(text))
        observable_refuse(observable, REFUSAL_SSDEEP,
            "A fuzzy hash (ssdeep) is no observable: give the SHA-256 of the file.");
    else if (is_registry_key(text))
        observable_refuse(observable, REFUSAL_REGISTRY, "A registry key is no observable.");
    else if (is_path(text))
        observable_refuse(observable, REFUSAL_PATH,
            "The path of a file is no observable: give the SHA-256 of the file, or a URL with its scheme.");
    else
        return false;
    return true;
}
