#include "worker/observable/split.h"

#include "worker/observable/characters.h"
#include "worker/observable/join.h"
#include "worker/observable/scheme.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* Returns the length of the separators at the beginning of a text, blanks included. */
static size_t separators_length(const char *text, size_t size)
{
    size_t i = 0, length;
    uint32_t c;

    while (i < size) {
        length = character_read(text + i, size - i, &c);
        if (!character_is_blank(c) && !character_separates(c) && !character_quotes(c))
            length = arrow_length(text + i, size - i);
        if (length == 0)
            break;
        i += length;
    }
    return i;
}

/* Returns true if a comma ends a URL: a blank, the end or another URL follows. */
static bool comma_ends_url(const char *text, size_t size)
{
    struct scheme scheme;
    size_t i = 0;
    uint32_t c;

    while (i < size && i < 8 && strchr(",;\"'(<[", text[i]))
        i++;
    if (i == size)
        return true;
    character_read(text + i, size - i, &c);
    return character_is_blank(c) || character_quotes(c) ||
           (scheme_read(text + i, size - i > 32 ? 32 : size - i, &scheme) && scheme.hierarchical);
}

/* Returns true if two slashes in a part belong to a scheme. */
static bool is_scheme_end(const char *part, const char *at, const char *end)
{
    const char *before = at;
    struct scheme scheme;

    if (end - at < 2 || (strncmp(at, "//", 2) != 0 && strncmp(at, "\\\\", 2) != 0) || at == part)
        return false;
    while (before > part && strchr("[](){}", before[-1]))
        before--;
    return (before > part && before[-1] == ':') || scheme_read(part, (size_t)(end - part), &scheme);
}

/* Returns true for "198,51,100,7": one mistake, not four numbers. */
static bool is_address_with_commas(const char *text, size_t size)
{
    size_t i = 0, digits, numbers = 0;

    for (; numbers < 4; numbers++) {
        digits = 0;
        while (i + digits < size && isdigit((unsigned char)text[i + digits]))
            digits++;
        if (digits == 0 || digits > 3)
            return false;
        i += digits;
        if (numbers < 3 && (i == size || text[i++] != ','))
            return false;
    }
    uint32_t c = ' ';
    if (i < size)
        character_read(text + i, size - i, &c);
    return character_is_blank(c);
}

/* Returns true if a part lasts until the next blank, since it may contain commas. */
static bool is_undivided(const char *text, size_t size)
{
    static const char *const beginnings[] = { "data:", "javascript:", "vbscript:", "mailto:" };

    for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++) {
        size_t length = strlen(beginnings[i]);
        uint32_t c;

        if (size > length && strncasecmp(text, beginnings[i], length) == 0) {
            character_read(text + length, size - length, &c);
            return !character_is_blank(c);
        }
    }
    return is_address_with_commas(text, size);
}

/* Returns the end of the part at the beginning of a text. */
static const char *find_end(const char *text, const char *end, bool in_url)
{
    bool undivided = is_undivided(text, (size_t)(end - text));
    const char *at = text;
    size_t length;
    uint32_t c;

    for (; at < end; at += length) {
        length = character_read(at, (size_t)(end - at), &c);
        if (character_is_blank(c))
            break;
        if (undivided)
            continue;
        if (character_quotes(c) || (in_url && (c == '<' || c == '>')) ||
            arrow_length(at, (size_t)(end - at)) > 0)
            break;
        if (!in_url && (c == '/' || c == '\\') && is_scheme_end(text, at, end))
            in_url = true;
        if (character_separates(c) &&
            (!in_url || (c != ',' && c != ';') || comma_ends_url(at + 1, (size_t)(end - at) - 1)))
            break;
    }
    return at;
}

static void append(struct item *item, const char *text, size_t size)
{
    size_t room = item->size < OBSERVABLE_INPUT_MAX ? OBSERVABLE_INPUT_MAX - item->size : 0;
    size_t taken = size < room ? size : room;

    memcpy(item->text + (room ? item->size : OBSERVABLE_INPUT_MAX), text, taken);
    item->size += size;
    item->text[item->size < OBSERVABLE_INPUT_MAX ? item->size : OBSERVABLE_INPUT_MAX] = 0;
}

bool split_next(struct splitter *splitter, struct item *ret)
{
    splitter->at += separators_length(splitter->at, (size_t)(splitter->end - splitter->at));
    if (splitter->at == splitter->end)
        return false;

    const char *start = splitter->at, *stop = find_end(start, splitter->end, false);
    struct join join;
    ret->size = 0;
    ret->joined = false;
    append(ret, start, (size_t)(stop - start));
    while (ret->size <= OBSERVABLE_INPUT_MAX && join_find(ret->text, stop, splitter->end, &join)) {
        const char *end = find_end(join.next, splitter->end, join.url);

        append(ret, join.text, strlen(join.text));
        append(ret, join.next, (size_t)(end - join.next));
        ret->joined |= join.defanged;
        stop = end;
    }
    ret->input = start;
    ret->input_size = (size_t)(stop - start);
    splitter->at = stop;
    return true;
}
