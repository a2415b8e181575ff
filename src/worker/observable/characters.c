#include "worker/observable/characters.h"

#include "common/utf8.h"

#include <string.h>

static uint32_t decode(const unsigned char *in, size_t length)
{
    switch (length) {
    case 2:
        return (uint32_t)(in[0] & 0x1f) << 6 | (in[1] & 0x3f);
    case 3:
        return (uint32_t)(in[0] & 0x0f) << 12 | (uint32_t)(in[1] & 0x3f) << 6 | (in[2] & 0x3f);
    default:
        return (uint32_t)(in[0] & 0x07) << 18 | (uint32_t)(in[1] & 0x3f) << 12 |
               (uint32_t)(in[2] & 0x3f) << 6 | (in[3] & 0x3f);
    }
}

size_t character_read(const char *text, size_t size, uint32_t *ret)
{
    if ((unsigned char)text[0] < 0x80) {
        *ret = (unsigned char)text[0];
        return 1;
    }
    size_t length = utf8_sequence(text, size);
    *ret = length ? decode((const unsigned char *)text, length) : CHARACTER_BROKEN;
    return length ? length : 1;
}

bool character_is_blank(uint32_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) ||
           c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

bool character_separates(uint32_t c)
{
    return c == ',' || c == ';' || c == '|' || (c >= 0x2190 && c <= 0x21ff) || (c >= 0x27f0 && c <= 0x27ff) ||
           (c >= 0x2794 && c <= 0x27be) || (c >= 0x2900 && c <= 0x297f) || c == 0x3001 || c == 0xff0c ||
           c == 0xff1b || c == 0xff5c;
}

bool character_quotes(uint32_t c)
{
    return c == '"' || c == '`' || c == 0xab || c == 0xbb || (c >= 0x201c && c <= 0x201f) || c == 0x2033 ||
           c == 0xff02;
}

bool character_is_invisible(uint32_t c)
{
    return c == 0xad || c == 0x34f || (c >= 0x180b && c <= 0x180d) || c == 0x200b || c == 0x2060 ||
           c == 0x2064 || (c >= 0xfe00 && c <= 0xfe0f) || c == 0xfeff;
}

bool character_is_control(uint32_t c)
{
    return (c < 0x20 && !character_is_blank(c)) || (c >= 0x7f && c < 0xa0) || c == 0x61c || c == 0x200e ||
           c == 0x200f || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) ||
           (c >= 0x2400 && c <= 0x2426) || (c >= 0xe0000 && c <= 0xe007f);
}

/* Opening and closing brackets, single quotes and bullets beyond ASCII. */
static bool opens(uint32_t c)
{
    return c == 0xb7 || c == 0x2013 || c == 0x2014 || c == 0x2018 || c == 0x201a || c == 0x201b ||
           c == 0x2022 || c == 0x2023 || c == 0x2026 || c == 0x2039 || c == 0x2043 || c == 0x25aa ||
           c == 0x25cf || c == 0x25e6 || c == 0x3008 || c == 0x300a || c == 0x300c || c == 0x3010 ||
           c == 0xff08 || c == 0xff1c || c == 0xff3b;
}

static bool closes(uint32_t c)
{
    return c == 0x2018 || c == 0x2019 || c == 0x201b || c == 0x2026 || c == 0x203a || c == 0x2032 ||
           c == 0x3009 || c == 0x300b || c == 0x300d || c == 0x3011 || c == 0xff01 || c == 0xff09 ||
           c == 0xff1e || c == 0xff1f || c == 0xff3d;
}

size_t leading_length(const char *text, size_t size)
{
    uint32_t c;

    if (size == 0)
        return 0;
    size_t length = character_read(text, size, &c);
    bool leads = c < 0x80 ? c != 0 && strchr("([{<'*=>!?+", (int)c) != NULL
                          : opens(c) || character_quotes(c) || character_is_invisible(c);
    return leads || character_is_blank(c) ? length : 0;
}

size_t trailing_length(const char *text, size_t size)
{
    size_t start = size;
    uint32_t c;

    if (size == 0)
        return 0;
    do
        start--;
    while (start > 0 && size - start < 4 && ((unsigned char)text[start] & 0xc0) == 0x80);
    size_t length = character_read(text + start, size - start, &c);
    if (length != size - start)
        return 0;
    bool trails = c < 0x80 ? c != 0 && strchr(",;!?)]}>'*", (int)c) != NULL
                           : closes(c) || character_quotes(c) || character_is_invisible(c);
    return trails || character_is_blank(c) ? length : 0;
}

size_t arrow_length(const char *text, size_t size)
{
    size_t i = 0;

    while (i < size && i < 3 && (text[i] == '-' || text[i] == '='))
        i++;
    return i > 0 && i < size && text[i] == '>' ? i + 1 : 0;
}

size_t blank_length(const char *text, size_t size)
{
    size_t i = 0, length;
    uint32_t c;

    while (i < size && (length = character_read(text + i, size - i, &c), character_is_blank(c)))
        i += length;
    return i;
}
