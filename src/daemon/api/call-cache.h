/*
 * Calls that were understood lately. Clients ask the same thing over and over in the same bytes; what such
 * bytes mean is worked out once. Only calls without parameters are kept: they are short and hold no secret.
 * Who may make a call is not kept: that is asked each time.
 */
#pragma once

#include "common/service.h"

enum {
    RECENT_CALLS = 8,
    RECENT_SIZE_MAX = 96, /* of a text */
};

struct recent_call {
    struct varlink_call call;            /* owns its method; has no parameters */
    const struct service_method *method; /* NULL: a free place */
    size_t size;
    char text[RECENT_SIZE_MAX];
};

struct recent {
    struct recent_call calls[RECENT_CALLS];
};

/* The call of exactly this text; NULL if it isn't kept. Borrowed until the next recent_keep. */
const struct recent_call *recent_find(const struct recent *recent, const char *text, size_t size);

/* Keeps what a text means, in the place of an older one, unless it has parameters or is too long. */
void recent_keep(struct recent *recent, const char *text, size_t size, const struct varlink_call *call,
    const struct service_method *method);

/* Frees all. Safe on a zeroed struct. */
void recent_done(struct recent *recent);
