#include "sandbox/x509/der.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_MAX 6 /* tag, and a length of up to 32 bits */

void der_add(struct der *der, const void *data, size_t size)
{
    if (der->size + size > der->room) {
        size_t room = 2 * (der->size + size) + 256;
        unsigned char *grown = realloc(der->data, room);

        if (!grown) {
            der->failed = true;
            return;
        }
        der->data = grown;
        der->room = room;
    }
    if (size > 0)
        memcpy(der->data + der->size, data, size);
    der->size += size;
}

static size_t write_header(unsigned char *header, unsigned char tag, size_t length)
{
    size_t n = 0;

    header[0] = tag;
    if (length < 0x80) {
        header[1] = (unsigned char)length;
        return 2;
    }
    for (size_t rest = length; rest > 0; rest >>= 8)
        n++;
    header[1] = (unsigned char)(0x80 | n);
    for (size_t i = 0; i < n; i++)
        header[2 + i] = (unsigned char)(length >> (8 * (n - 1 - i)));
    return 2 + n;
}

void der_wrap(struct der *der, size_t since, unsigned char tag)
{
    unsigned char header[HEADER_MAX];
    size_t length = der->size - since, n;

    if (der->failed)
        return;
    n = write_header(header, tag, length);
    der_add(der, header, n);
    if (der->failed)
        return;
    memmove(der->data + since + n, der->data + since, length);
    memcpy(der->data + since, header, n);
}

void der_done(struct der *der)
{
    free(der->data);
    *der = (struct der){ .data = NULL };
}

int der_take(gnutls_datum_t *data, unsigned char tag, gnutls_datum_t *ret_content, gnutls_datum_t *ret_whole)
{
    unsigned char *p = data->data;
    size_t length, n = 2;

    if (data->size < 2 || p[0] != tag)
        return -EBADMSG;
    length = p[1];
    if (length >= 0x80) {
        size_t bytes = length & 0x7f;

        if (bytes == 0 || bytes > 4 || data->size < 2 + bytes)
            return -EBADMSG;
        for (length = 0; n < 2 + bytes; n++)
            length = length << 8 | p[n];
    }
    if (length > data->size - n)
        return -EBADMSG;
    data->data += n + length;
    data->size -= (unsigned)(n + length);
    /* last, so that ret_content may be data itself */
    if (ret_content)
        *ret_content = (gnutls_datum_t){ p + n, (unsigned)length };
    if (ret_whole)
        *ret_whole = (gnutls_datum_t){ p, (unsigned)(n + length) };
    return 0;
}
