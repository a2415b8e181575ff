#include "worker/observable/refang.h"

#include "worker/observable/characters.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* The texts between brackets, longer ones first. */
static const struct {
    const char *written, *meant;
} contents[] = {
    { "://", "://" },
    { ":/", ":/" },
    { "//", "//" },
    { "\\.", "." },
    { ".", "." },
    { ":", ":" },
    { "/", "/" },
    { "@", "@" },
    { "dot", "." },
    { "at", "@" },
    { "colon", ":" },
    { "slash", "/" },
    { "\xe3\x80\x82", "." },
};

static bool opens(char c)
{
    return c != 0 && strchr("[({<", c);
}

static bool closes(char c)
{
    return c != 0 && strchr("])}>", c);
}

/* Returns true for the characters on both sides of a dot: letters, digits and all beyond ASCII. */
static bool is_word(char c)
{
    return isalnum((unsigned char)c) || (unsigned char)c >= 0x80 || c == '_' || c == '-';
}

/* Returns the length of a group at the beginning of a text, brackets included, and its meaning; 0 if there is
 * none. */
static size_t read_group(const char *text, const char **ret)
{
    size_t n = 0;

    while (opens(text[n]))
        n++;
    if (n == 0)
        return 0;
    for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
        size_t length = strlen(contents[i].written);

        if (strncasecmp(text + n, contents[i].written, length) != 0 || !closes(text[n + length]))
            continue;
        n += length;
        while (closes(text[n]))
            n++;
        *ret = contents[i].meant;
        return n;
    }
    return 0;
}

size_t refang_bracketed(const char *text, char *ret)
{
    const char *meant = NULL;
    size_t length = read_group(text, &meant);

    if (length == 0 || (strcmp(meant, ".") != 0 && strcmp(meant, "@") != 0))
        return 0;
    *ret = *meant;
    return length;
}

/* Returns the length of a dot between words with a bracket at one side or behind a backslash; 0 if there is
 * none. Only square brackets count in a path. */
static size_t read_dot(const char *text, char before, bool in_path)
{
    const char *brackets = in_path ? "[]" : "[]({)}";

    if (!is_word(before))
        return 0;
    if (text[0] == '.' && closes(text[1]) && strchr(brackets, text[1]) && is_word(text[2]))
        return 2;
    if (opens(text[0]) && strchr(brackets, text[0]) && text[1] == '.' && is_word(text[2]))
        return 2;
    return !in_path && text[0] == '\\' && text[1] == '.' && is_word(text[2]) ? 2 : 0;
}

/* Returns the ASCII character for a wide one before the path, else 0. */
static char narrow(uint32_t c)
{
    switch (c) {
    case 0x2024:
    case 0x3002:
    case 0xff0e:
    case 0xff61:
        return '.';
    case 0xff1a:
        return ':';
    case 0xff0f:
        return '/';
    case 0xff20:
        return '@';
    default:
        return 0;
    }
}

struct progress {
    const char *in;
    char *start, *out;
    bool in_path;
    bool host_begun; /* a dot or a colon was copied */
    bool defanged;
};

static void put(struct progress *progress, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        char before = progress->out > progress->start ? progress->out[-1] : 0;

        /* A slash outside of the scheme begins the path. The scheme may lack its colon: "http//". */
        if (text[i] == '/' && before == '/' && !progress->host_begun)
            progress->in_path = false;
        else if (text[i] == '?' || text[i] == '#' || (text[i] == '/' && before != ':' && before != '/'))
            progress->in_path = true;
        progress->host_begun |= text[i] == '.' || text[i] == ':';
        *progress->out++ = text[i];
    }
}

/* Undoes the defanging at this place. Returns false if there is none. */
static bool undo(struct progress *progress)
{
    const char *meant = NULL;
    char before = progress->out > progress->start ? progress->out[-1] : 0;
    size_t length = read_group(progress->in, &meant);

    if (length == 0 && (length = read_dot(progress->in, before, progress->in_path)) > 0)
        meant = ".";
    if (length == 0 && progress->in[0] == '\\' && progress->in[1] == '/') {
        length = 2;
        meant = "/";
    }
    if (length == 0)
        return false;
    put(progress, meant, strlen(meant));
    progress->in += length;
    return progress->defanged = true;
}

/* Copies a character unless it is invisible. */
static void copy(struct progress *progress)
{
    uint32_t c;
    size_t length = character_read(progress->in, strnlen(progress->in, 4), &c);
    char ascii = progress->in_path ? 0 : narrow(c);

    if (ascii)
        put(progress, &ascii, 1);
    else if (progress->in_path || !character_is_invisible(c))
        put(progress, progress->in, length);
    progress->in += length;
}

/* Undoes defanging from left to right. Groups within groups need more than one round. */
static bool refang_once(char *text)
{
    struct progress progress = { .in = text, .start = text, .out = text };

    while (*progress.in)
        if (!undo(&progress))
            copy(&progress);
    *progress.out = 0;
    return progress.defanged;
}

/* Undoes "-dot-" in a text without dots, colons, slashes and at signs. */
static bool refang_hyphens(char *text)
{
    bool defanged = false;
    char *at;

    if (strpbrk(text, "./:@\\"))
        return false;
    while ((at = strcasestr(text, "-dot-"))) {
        *at = '.';
        memmove(at + 1, at + 5, strlen(at + 5) + 1);
        defanged = true;
    }
    return defanged;
}

bool refang(char *text)
{
    bool defanged = refang_hyphens(text);
    size_t size;

    do {
        size = strlen(text);
        defanged |= refang_once(text);
    } while (strlen(text) < size);
    return defanged;
}
