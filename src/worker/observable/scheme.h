/*
 * Reads the scheme of a URL in all its defanged forms: hxxp, h[tt]p, meow, "http//" and others.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum scheme_kind {
    SCHEME_HTTP,
    SCHEME_HTTPS,
    SCHEME_FTP,
    SCHEME_OTHER,
};

struct scheme {
    enum scheme_kind kind;
    bool hierarchical; /* "//" or "\\" follows */
    bool unusual;      /* the name is neither usual nor obviously defanged: worth a note */
    size_t length;     /* in bytes, with colon and slashes */
    char name[24];     /* lower-case, as written except for brackets */
};

/* Reads the scheme at the beginning of a text. Returns false if there is none. A scheme without slashes must
 * be a known one, such as "javascript:". */
bool scheme_read(const char *text, size_t size, struct scheme *ret);

/* Returns true if a text is a scheme with its slashes and nothing else. */
bool scheme_is_alone(const char *text, size_t size);

/* Returns the name of http, https and ftp. */
const char *scheme_to_string(enum scheme_kind kind);
