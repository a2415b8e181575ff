#include "worker/observable/join.h"

#include "worker/observable/address.h"
#include "worker/observable/characters.h"
#include "worker/observable/refang.h"
#include "worker/observable/scheme.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum {
    WORD_MAX = 64, /* bytes of the next part that are examined */
};

/* Copies the word at a place, up to a blank. Returns its end. */
static const char *read_word(const char *at, const char *end, char out[WORD_MAX + 1])
{
    size_t n = 0;

    while (at + n < end && n < WORD_MAX && at[n] && !blank_length(at + n, (size_t)(end - at) - n))
        n++;
    memcpy(out, at, n);
    out[n] = 0;
    return at + n;
}

static const char *pass_blanks(const char *at, const char *end)
{
    return at + blank_length(at, (size_t)(end - at));
}

/* Returns true if a text ends in a letter or digit, so that it may be a part of a name. */
static bool ends_in_word(const char *text)
{
    size_t size = strlen(text);

    return size > 0 && (isalnum((unsigned char)text[size - 1]) || (unsigned char)text[size - 1] >= 0x80);
}

static bool begins_word(const char *at, const char *end)
{
    return at < end && (isalnum((unsigned char)*at) || (unsigned char)*at >= 0x80 || *at == '_');
}

/* Returns true if a name with a written-out "dot" follows, so that an "at" before it means "@". */
static bool dots_follow(const char *at, const char *end)
{
    char word[WORD_MAX + 1];
    const char *next = pass_blanks(read_word(at, end, word), end);

    read_word(next, end, word);
    return strcasecmp(word, "dot") == 0;
}

/* Returns the character that a word between two parts means; 0 if it is an ordinary word. */
static char undo_word(const char *word, const char *next, const char *end)
{
    char meant;

    if (refang_bracketed(word, &meant) == strlen(word) && *word)
        return meant;
    if (strcasecmp(word, "dot") == 0)
        return '.';
    return strcasecmp(word, "at") == 0 && dots_follow(next, end) ? '@' : 0;
}

static bool looks_like_address(const char *text)
{
    return address_is_dotted(text) ||
           (strchr(text, ':') && strspn(text, "0123456789abcdefABCDEF:") == strlen(text));
}

/* Returns true if a word is a hyphen between two addresses, which makes a range. */
static bool is_range(const char *text, const char *word, const char *next, const char *end)
{
    char other[WORD_MAX + 1];

    if (strcmp(word, "-") != 0 && strcmp(word, "\xe2\x80\x93") != 0 && strcmp(word, "\xe2\x80\x94") != 0)
        return false;
    read_word(next, end, other);
    return looks_like_address(text) && looks_like_address(other);
}

/* Joins two parts if the first ends or the second begins with a dot in brackets. */
static bool join_bracket(const char *text, const char *next, const char *end, struct join *ret)
{
    char word[WORD_MAX + 1], meant;
    size_t size = strlen(text), length;

    read_word(next, end, word);
    length = refang_bracketed(word, &meant);
    bool before = length > 0 && length < strlen(word) && ends_in_word(text);
    bool behind = false;
    for (size_t n = 3; n <= 5 && n < size && !behind; n++)
        behind = refang_bracketed(text + size - n, &meant) == n && begins_word(next, end);
    *ret = (struct join){ .text = "", .next = next, .defanged = true };
    return before || behind;
}

/* Returns true if a part and the text behind it are a scheme, which a blank separates from its host. */
static bool is_scheme(const char *text, const char *rest)
{
    char scheme[WORD_MAX + 4];

    if (strlen(text) > WORD_MAX)
        return false;
    snprintf(scheme, sizeof(scheme), "%s%s", text, rest);
    refang(scheme);
    return scheme_is_alone(scheme, strlen(scheme));
}

bool join_find(const char *text, const char *rest, const char *end, struct join *ret)
{
    char word[WORD_MAX + 1];
    const char *next = pass_blanks(rest, end), *after;

    if (next == rest || next == end)
        return false;
    *ret = (struct join){ .text = "", .next = next, .url = true };
    if (is_scheme(text, ""))
        return begins_word(next, end) || *next == '[';
    if (end - next > 3 && strncmp(next, "://", 3) == 0)
        return is_scheme(text, "://");
    if (!isalnum((unsigned char)text[0]) && !ends_in_word(text))
        return false;
    if (join_bracket(text, next, end, ret))
        return true;
    after = pass_blanks(read_word(next, end, word), end);
    if (!ends_in_word(text) || after == end)
        return false;
    if (is_range(text, word, after, end)) {
        *ret = (struct join){ .text = "-", .next = after };
        return true;
    }
    char meant = undo_word(word, after, end);
    *ret = (struct join){ .text = meant == '@' ? "@" : ".", .next = after, .defanged = true };
    return meant && begins_word(after, end);
}
