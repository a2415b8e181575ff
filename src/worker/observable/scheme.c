#include "worker/observable/scheme.h"

#include <ctype.h>
#include <string.h>

/* Schemes without slashes, which are not labels. */
static const char *const opaque[] = { "javascript", "vbscript", "data", "mailto", "tel", "sms", "sip", "sips",
    "xmpp", "about", "blob", "urn", "magnet", "cid", "mid", "news", "file", "chrome", "skype", "bitcoin",
    "ms-msdt", "search-ms" };

static const char *const names[] = { "http", "https", "ftp" };

const char *scheme_to_string(enum scheme_kind kind)
{
    return names[kind];
}

static bool is_bracket(char c)
{
    return c != 0 && strchr("[](){}'", c);
}

/* Copies the name in lower case and without brackets into out[room]. Returns the bytes read; 0 if there is no
 * room. */
static size_t read_name(const char *text, size_t size, char *out, size_t room)
{
    size_t n = 0, i = 0;

    for (; i < size &&
           (isalnum((unsigned char)text[i]) || is_bracket(text[i]) || (text[i] && strchr("+-.*_", text[i])));
         i++)
        if (!is_bracket(text[i])) {
            if (n + 1 == room)
                return 0;
            out[n++] = (char)tolower((unsigned char)text[i]);
        }
    out[n] = 0;
    return i;
}

/* Returns true for defanged http: h or x, up to four of t, x, z and stars, p or x, and s for https. */
static bool is_disguised_http(const char *name, bool *ret_secure)
{
    char plain[24];
    size_t n = 0;

    for (size_t i = 0; name[i]; i++)
        if (!strchr("-+_", name[i]))
            plain[n++] = name[i];
    plain[n] = 0;
    *ret_secure = n > 1 && plain[n - 1] == 's';
    if (strcmp(plain, "xxxxx") == 0)
        *ret_secure = true;
    else if (*ret_secure)
        plain[--n] = 0;
    if (strcmp(plain, "meow") == 0 || strcmp(plain, "ttp") == 0)
        return true;
    if (n < 3 || n > 6 || !strchr("hx", plain[0]) || !strchr("px", plain[n - 1]))
        return false;
    return strspn(plain + 1, "txz*") >= n - 2;
}

static enum scheme_kind find_kind(const char *name, bool *ret_unusual)
{
    bool secure;

    *ret_unusual = false;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i], name) == 0)
            return (enum scheme_kind)i;
    if (is_disguised_http(name, &secure)) {
        *ret_unusual = strncmp(name, "meow", 4) == 0 || name[0] == 'x';
        return secure ? SCHEME_HTTPS : SCHEME_HTTP;
    }
    if (strcmp(name, "fxp") == 0 || strcmp(name, "f*p") == 0)
        return SCHEME_FTP;
    return SCHEME_OTHER;
}

static bool is_opaque(const char *name)
{
    for (size_t i = 0; i < sizeof(opaque) / sizeof(opaque[0]); i++)
        if (strcmp(opaque[i], name) == 0)
            return true;
    return false;
}

static size_t count_slashes(const char *text, size_t size)
{
    size_t n = 0;

    while (n < size && n < 2 && (text[n] == '/' || text[n] == '\\'))
        n++;
    return n;
}

/* Returns the size of the colon and slashes of a scheme behind a name; 0 if there are none. */
static size_t read_separator(
    const char *text, size_t size, const struct scheme *scheme, bool *ret_hierarchical)
{
    bool web = scheme->kind != SCHEME_OTHER;
    bool colon = size > 0 && text[0] == ':';
    size_t slashes = count_slashes(text + colon, size - colon);

    *ret_hierarchical = slashes == 2 || (web && colon && slashes == 1);
    /* Accept "http//" without a colon only for a clear http. */
    if (!colon)
        return web && slashes == 2 && scheme->name[0] == 'h' ? 2 : 0;
    return colon + (*ret_hierarchical ? slashes : 0);
}

bool scheme_read(const char *text, size_t size, struct scheme *ret)
{
    struct scheme scheme = { .name = "" };
    size_t length = read_name(text, size, scheme.name, sizeof(scheme.name));

    if (length == 0 || !isalpha((unsigned char)scheme.name[0]))
        return false;
    scheme.kind = find_kind(scheme.name, &scheme.unusual);
    size_t separator = read_separator(text + length, size - length, &scheme, &scheme.hierarchical);
    /* A name with a dot before "://" is a host without its port. */
    if (separator == 0 || strchr(scheme.name, '.') || (!scheme.hierarchical && !is_opaque(scheme.name)))
        return false;
    scheme.length = length + separator;
    *ret = scheme;
    return true;
}

bool scheme_is_alone(const char *text, size_t size)
{
    struct scheme scheme;

    return scheme_read(text, size, &scheme) && scheme.hierarchical && scheme.kind != SCHEME_OTHER &&
           scheme.length == size;
}
