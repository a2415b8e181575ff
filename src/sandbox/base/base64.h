/* Base64 text in the shapes in which servers send it. */
#pragma once

#include <gnutls/gnutls.h>
#include <stddef.h>

#define BASE64_COLUMNS 64

/* Writes base64 with an end of line after each so many columns, and after the last (columns 0: one line
 * without an end). 0, -ENOMEM or -EIO; the caller frees. */
int base64_encode_lines(
    const gnutls_datum_t *data, size_t columns, const char *end_of_line, char **ret, size_t *ret_size);

/* Reads base64 with white space in it. 0 or -EBADMSG; the caller frees with gnutls_free(). */
int base64_decode_text(const char *text, size_t size, gnutls_datum_t *ret);
