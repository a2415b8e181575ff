/*
 * As much DER as GnuTLS doesn't do: PKCS#7 in an order of our choice, CsrAttrs, and the encoded names of a certificate
 * request.
 */
#pragma once

#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_OID = 0x06,
    DER_SEQUENCE = 0x30,
    DER_SET = 0x31,
    DER_CONTEXT_0 = 0xa0,
};

/* DER that is being written. Begins zeroed; owns its bytes until der_done(). */
struct der {
    unsigned char *data;
    size_t size, room;
    bool failed; /* out of memory; the bytes are incomplete */
};

/* Adds bytes as they are. */
void der_add(struct der *der, const void *data, size_t size);

/* Makes the bytes that were added since that size the content of one element. */
void der_wrap(struct der *der, size_t since, unsigned char tag);

/* Frees the bytes. */
void der_done(struct der *der);

/* Takes the next element off *data; the results point into it and may be NULL. 0, or -EBADMSG if the element has
 * another tag or is cut short. */
int der_take(gnutls_datum_t *data, unsigned char tag, gnutls_datum_t *ret_content, gnutls_datum_t *ret_whole);
