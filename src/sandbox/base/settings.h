/* What the server was started with, and the part of it that outlives it in the directory (sandbox.json): the
 * port, which a restart takes again, and the life of a token, which the token verb needs. */
#pragma once

#include "sandbox/base/store.h"

#include <stdbool.h>
#include <stdint.h>

struct settings {
    int64_t port; /* 0: any free one */
    int64_t certificate_validity;
    int64_t ca_validity;
    int64_t token_validity;
    int64_t refresh_interval;
    int64_t lifetime; /* 0: without end */
    bool basic;       /* enrolment by HTTP Basic instead of Bearer */
};

#define SETTINGS_DEFAULT                                                                                     \
    ((struct settings){                                                                                      \
        .certificate_validity = 90 * 86400,                                                                  \
        .ca_validity = 3650LL * 86400,                                                                       \
        .token_validity = 3600,                                                                              \
        .refresh_interval = 1200,                                                                            \
    })

/* Reads the port and the life of a token; the other fields stay. -ENOENT when no server ever ran in the
 * directory. */
int settings_load(const struct store *store, struct settings *settings);

/* Remembers the port and the life of a token. 0 or negative errno. */
int settings_save(const struct store *store, const struct settings *settings);
