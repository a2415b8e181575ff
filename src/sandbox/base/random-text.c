#include "sandbox/base/random-text.h"

#include <ctype.h>
#include <errno.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdio.h>

int make_random_text(char *text, size_t length)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    size_t n = 0;

    while (n < length) {
        unsigned char byte;

        if (gnutls_rnd(GNUTLS_RND_KEY, &byte, 1) < 0)
            return -EIO;
        /* 248 is the largest multiple of 62 in a byte: larger bytes would make some letters likelier */
        if (byte < 248)
            text[n++] = alphabet[byte % 62];
    }
    text[n] = '\0';
    return 0;
}

bool is_random_text(const char *text, size_t length)
{
    size_t n = 0;

    while (isalnum((unsigned char)text[n]))
        n++;
    return n == length && text[n] == '\0';
}

int make_random_uuid(char *text)
{
    unsigned char b[16];

    if (gnutls_rnd(GNUTLS_RND_NONCE, b, sizeof(b)) < 0)
        return -EIO;
    b[6] = (b[6] & 0x0f) | 0x40;
    b[8] = (b[8] & 0x3f) | 0x80;
    snprintf(text, UUID_LENGTH + 1, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
        b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
    return 0;
}
