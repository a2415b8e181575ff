/*
 * A cache of parsed calls. Clients repeat the same call in the same bytes, and parsing them is four fifths of the
 * work of an answer. Only calls without parameters are kept: they are short and hold no secret. The permission of
 * the client is not kept: it is checked for each call.
 */
#pragma once

#include "common/service.h"

enum {
    CALL_CACHE_CALLS = 8,
    CALL_CACHE_SIZE_MAX = 96, /* bytes of a text */
};

struct cached_call {
    struct varlink_call call;            /* owns the name of its method; has no parameters */
    const struct service_method *method; /* NULL: the place is free */
    size_t size;
    char text[CALL_CACHE_SIZE_MAX];
};

struct call_cache {
    struct cached_call calls[CALL_CACHE_CALLS];
};

/* Returns the call that was parsed from this text; NULL if it is not kept. Borrowed until the next call_cache_keep. */
const struct cached_call *call_cache_find(const struct call_cache *cache, const char *text, size_t size);

/* Keeps a copy of the call that was parsed from a text, in place of an older one. Ignores a call with parameters, and a
 * text that is too long. */
void call_cache_keep(struct call_cache *cache, const char *text, size_t size, const struct varlink_call *call,
    const struct service_method *method);

/* Frees all calls. Safe on a zeroed struct. */
void call_cache_done(struct call_cache *cache);
