#include "worker/x509/base64.h"

#include "worker/x509/crypto.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>

enum {
    COLUMNS = 64,
    BYTES_PER_LINE = COLUMNS / 4 * 3,
};

int base64_encode(const void *data, size_t size, char **ret, size_t *ret_size)
{
    size_t lines = (size + BYTES_PER_LINE - 1) / BYTES_PER_LINE;
    char *text = malloc(lines * (COLUMNS + 1) + 1), *end = text;

    if (!text)
        return -ENOMEM;
    for (size_t done = 0; done < size; done += BYTES_PER_LINE) {
        size_t part = size - done < BYTES_PER_LINE ? size - done : BYTES_PER_LINE;
        end += EVP_EncodeBlock((unsigned char *)end, (const unsigned char *)data + done, (int)part);
        *end++ = '\n';
    }
    *end = 0;

    *ret = text;
    *ret_size = (size_t)(end - text);
    return 0;
}

int base64_decode(const char *text, size_t size, unsigned char **ret, size_t *ret_size)
{
    _cleanup_free_ unsigned char *packed = NULL, *data = NULL;
    size_t used = 0, padding = 0;

    if (size > INT_MAX / 2)
        return -EBADMSG;
    packed = malloc(size + 4);
    data = malloc(size + 4);
    if (!packed || !data)
        return -ENOMEM;

    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];

        if (isspace(c))
            continue;
        if (c == '=')
            padding++;
        else if (padding > 0 || !(isalnum(c) || c == '+' || c == '/'))
            return -EBADMSG;
        packed[used++] = c;
    }
    size_t digits = used - padding;
    if (digits == 0 || digits % 4 == 1 || padding > 2 || (padding > 0 && used % 4 != 0))
        return -EBADMSG;
    while (used % 4 != 0)
        packed[used++] = '=';

    int decoded = EVP_DecodeBlock(data, packed, (int)used);
    /* The text may be a private key. */
    explicit_bzero(packed, used);
    if (decoded < 0)
        return -EBADMSG;
    *ret = TAKE_PTR(data);
    *ret_size = digits * 3 / 4;
    return 0;
}

/* Returns the size of the SEQUENCE at the beginning of the bytes by its own length, 0 if there is none. One of indefinite
 * length (BER) is assumed to fill them. */
static size_t sequence_size(const unsigned char *data, size_t size)
{
    size_t n, length = 0;

    if (size < 2 || data[0] != 0x30)
        return 0;
    if (data[1] < 0x80)
        return 2 + (size_t)data[1];
    n = data[1] & 0x7f;
    if (n == 0)
        return size;
    if (n > 4 || size < 2 + n)
        return 0;
    for (size_t i = 0; i < n; i++)
        length = length << 8 | data[2 + i];
    return 2 + n + length;
}

int base64_decode_body(const char *body, size_t size, unsigned char **ret, size_t *ret_size)
{
    size_t end = size, length = sequence_size((const unsigned char *)body, size);

    /* Some servers send the NUL that ends their text. */
    while (end > length && (isspace((unsigned char)body[end - 1]) || !body[end - 1]))
        end--;
    if (length == 0 || length != end)
        return base64_decode(body, end, ret, ret_size);

    unsigned char *data = malloc(length);
    if (!data)
        return -ENOMEM;
    memcpy(data, body, length);
    *ret = data;
    *ret_size = length;
    return 0;
}
