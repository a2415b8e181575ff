#include "common/utf8.h"

#include <string.h>

size_t utf8_sequence(const char *text, size_t size)
{
    const unsigned char *in = (const unsigned char *)text;

    if (size == 0)
        return 0;
    if (in[0] < 0x80)
        return 1;

    size_t length = in[0] < 0xc2 ? 0 : in[0] < 0xe0 ? 2 : in[0] < 0xf0 ? 3 : in[0] < 0xf5 ? 4 : 0;
    if (length == 0 || length > size)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((in[i] & 0xc0) != 0x80)
            return 0;
    if ((in[0] == 0xe0 && in[1] < 0xa0) || (in[0] == 0xed && in[1] > 0x9f) ||
        (in[0] == 0xf0 && in[1] < 0x90) || (in[0] == 0xf4 && in[1] > 0x8f))
        return 0;
    return length;
}

size_t utf8_direction(const char *text)
{
    const unsigned char *in = (const unsigned char *)text;

    /* U+061C */
    if (in[0] == 0xd8 && in[1] == 0x9c)
        return 2;
    if (in[0] != 0xe2 || (in[1] != 0x80 && in[1] != 0x81))
        return 0;
    /* U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069 */
    if (in[1] == 0x80)
        return in[2] == 0x8e || in[2] == 0x8f || (in[2] >= 0xaa && in[2] <= 0xae) ? 3 : 0;
    return in[2] >= 0xa6 && in[2] <= 0xa9 ? 3 : 0;
}

bool utf8_is_valid(const char *text)
{
    for (size_t size = strlen(text), length; size > 0; text += length, size -= length) {
        length = utf8_sequence(text, size);
        if (length == 0)
            return false;
    }
    return true;
}

bool utf8_is_printable(const char *text)
{
    for (size_t size = strlen(text), length; size > 0; text += length, size -= length) {
        unsigned char c = (unsigned char)text[0];

        length = utf8_sequence(text, size);
        if (length == 0 || c < 0x20 || c == 0x7f || (c == 0xc2 && (unsigned char)text[1] < 0xa0))
            return false;
    }
    return true;
}

char *utf8_trim(char *text)
{
    size_t size = strlen(text), start = size;

    while (start > 0 && size - start < 3 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
        start--;
    if (start > 0 && ((unsigned char)text[start - 1] & 0x80) &&
        utf8_sequence(text + start - 1, size - start + 1) == 0)
        text[start - 1] = 0;
    return text;
}
