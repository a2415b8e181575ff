/*
 * Base64 as EST servers want it and as they send it: written in lines of 64 columns with a final newline,
 * read with white space anywhere.
 */
#pragma once

#include <stddef.h>

/* Lines of 64 columns, each ended by a newline. The caller frees. 0 or -ENOMEM. */
int base64_encode(const void *data, size_t size, char **ret, size_t *ret_size);

/* Ignores white space; the padding may be missing. -EBADMSG if it is no base64 or nothing. The caller frees.
 */
int base64_decode(const char *text, size_t size, unsigned char **ret, size_t *ret_size);

/* A body that is DER or base64 of it, whatever its media type says: a DER value that fills it is taken as it is. As
 * base64_decode. */
int base64_decode_body(const char *body, size_t size, unsigned char **ret, size_t *ret_size);
