/*
 * Splits a multipart body (RFC 2046, 5.1), the form of the answer to /serverkeygen. The parts are borrowed from the body.
 */
#pragma once

#include <stddef.h>

enum {
    MULTIPART_MAX = 8,
};

struct multipart_part {
    char type[128]; /* of the Content-Type field; empty: none */
    const char *data;
    size_t size;
};

/* Splits a body by the boundary that the content type names, else by its first line that looks like one. Returns the number
 * of parts, or -EBADMSG if it isn't a multipart body or has more than MULTIPART_MAX of them. */
int multipart_parse(const char *content_type, const char *body, size_t size,
    struct multipart_part parts[static MULTIPART_MAX]);
