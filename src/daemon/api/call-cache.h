/*
 * The calls that were understood lately. Clients ask the same question over and over in the same bytes, and to parse these is
 * four fifths of the work of an answer. Only calls without parameters are kept: they are short and hold no secret. Whether the
 * client may make the call is not kept: that is asked each time.
 */
#pragma once

#include "common/service.h"

enum {
    CALL_CACHE_CALLS = 8,
    CALL_CACHE_SIZE_MAX = 96, /* of a text */
};

struct cached_call {
    struct varlink_call call;            /* owns its method; has no parameters */
    const struct service_method *method; /* NULL: a free place */
    size_t size;
    char text[CALL_CACHE_SIZE_MAX];
};

struct call_cache {
    struct cached_call calls[CALL_CACHE_CALLS];
};

/* The call of exactly this text; NULL if it isn't kept. Borrowed until the next call_cache_keep. */
const struct cached_call *call_cache_find(const struct call_cache *cache, const char *text, size_t size);

/* Keeps what a text means, in the place of an older one, unless it has parameters or is too long. */
void call_cache_keep(struct call_cache *cache, const char *text, size_t size, const struct varlink_call *call,
    const struct service_method *method);

/* Frees all. Safe on a zeroed struct. */
void call_cache_done(struct call_cache *cache);
