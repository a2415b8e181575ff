/*
 * The scheme at the beginning of a URL, with all the ways in which it is written so that nobody follows it: hxxp, h[tt]p,
 * meow, "http//" and the like.
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
    bool unusual;      /* the name is neither usual nor an obvious way to defang it: worth a note */
    size_t length;     /* bytes up to what follows, with the colon and the slashes */
    char name[24];     /* lower-case, as it was written but for brackets */
};

/* Reads the scheme at the beginning of a text. Returns false if there is none. One of no hierarchy must be known, like
 * "javascript:". */
bool scheme_read(const char *text, size_t size, struct scheme *ret);

/* Returns true if a text is a whole scheme with its slashes, and nothing behind them. */
bool scheme_is_alone(const char *text, size_t size);

/* Returns the name of http, https and ftp. */
const char *scheme_to_string(enum scheme_kind kind);
