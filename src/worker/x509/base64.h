/*
 * Base64 as EST servers want it and as they send it: written in lines of 64 columns with a final newline, read with white
 * space anywhere.
 */
#pragma once

#include <stddef.h>

/* Encodes into lines of 64 columns, each ended by a newline, which the caller frees. Returns 0 or -ENOMEM. */
int base64_encode(const void *data, size_t size, char **ret, size_t *ret_size);

/* Decodes into bytes that the caller frees. Ignores white space; the padding may be missing. Returns 0, -EBADMSG if the
 * text is empty or not base64, or -ENOMEM. */
int base64_decode(const char *text, size_t size, unsigned char **ret, size_t *ret_size);

/* Like base64_decode(), but ignores NULs at the end, and copies a body that is DER already: a SEQUENCE that fills it. The
 * media type doesn't count. */
int base64_decode_body(const char *body, size_t size, unsigned char **ret, size_t *ret_size);
