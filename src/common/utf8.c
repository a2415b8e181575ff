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
