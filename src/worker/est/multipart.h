/*
 * The parts of a multipart body (RFC 2046, 5.1), as the answer to /serverkeygen has them. They are borrowed from the body.
 */
#pragma once

#include <stddef.h>

enum {
    MULTIPART_MAX = 8,
};

struct multipart_part {
    char type[128]; /* the Content-Type field; empty: none */
    const char *data;
    size_t size;
};

/* Splits a body into its parts. The boundary is the one that the content type names, else the one of the first line.
 * The number of parts, or -EBADMSG if it is no multipart body or has more than MULTIPART_MAX of them. */
int multipart_parse(const char *content_type, const char *body, size_t size,
    struct multipart_part parts[static MULTIPART_MAX]);
