#include "sandbox/base/base64.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int base64_encode_lines(
    const gnutls_datum_t *data, size_t columns, const char *end_of_line, char **ret, size_t *ret_size)
{
    gnutls_datum_t base64 = { NULL, 0 };
    size_t n = 0, end = strlen(end_of_line), width;
    char *text;

    if (gnutls_base64_encode2(data, &base64) < 0)
        return -EIO;
    width = columns > 0 ? columns : base64.size + 1;
    text = malloc(base64.size + (base64.size / width + 2) * end + 1);
    for (size_t i = 0; text && i < base64.size; i += width) {
        size_t length = base64.size - i < width ? base64.size - i : width;

        memcpy(text + n, base64.data + i, length);
        n += length;
        if (columns > 0)
            memcpy(text + n, end_of_line, end);
        n += columns > 0 ? end : 0;
    }
    gnutls_free(base64.data);
    if (!text)
        return -ENOMEM;
    text[n] = '\0';
    *ret = text;
    *ret_size = n;
    return 0;
}

int base64_decode_text(const char *text, size_t size, gnutls_datum_t *ret)
{
    char *dense = malloc(size + 1);
    gnutls_datum_t base64 = { (unsigned char *)dense, 0 };
    int r;

    if (!dense)
        return -ENOMEM;
    for (size_t i = 0; i < size; i++)
        if (!isspace((unsigned char)text[i]))
            dense[base64.size++] = text[i];
    r = base64.size > 0 && gnutls_base64_decode2(&base64, ret) >= 0 ? 0 : -EBADMSG;
    free(dense);
    return r;
}
