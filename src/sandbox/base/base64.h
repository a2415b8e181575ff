/*
 * Base64 text in the forms that servers send.
 */
#pragma once

#include <gnutls/gnutls.h>
#include <stddef.h>

#define BASE64_COLUMNS 64

/* Encodes data in lines of that many columns, each with an end of line, also the last; columns 0 makes one line without
 * an end. 0, -ENOMEM or -EIO; the caller frees. */
int base64_encode_lines(
    const gnutls_datum_t *data, size_t columns, const char *end_of_line, char **ret, size_t *ret_size);

/* Decodes base64 with white space in it. 0, -ENOMEM, or -EBADMSG if it is invalid or empty; the caller frees with
 * gnutls_free(). */
int base64_decode_text(const char *text, size_t size, gnutls_datum_t *ret);
