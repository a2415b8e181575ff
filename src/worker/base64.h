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
