/*
 * The settings that the server was started with. Two of them stay in the directory (sandbox.json): the port, which a
 * restart takes again, and the life of a token, which the verb token needs.
 */
#pragma once

#include "sandbox/base/store.h"

#include <stdbool.h>
#include <stdint.h>

/* Durations are in seconds. */
struct settings {
    int64_t port; /* 0: any free one */
    int64_t certificate_validity;
    int64_t ca_validity;
    int64_t token_validity;
    int64_t refresh_interval;
    int64_t lifetime;      /* 0: without an end */
    bool basic;            /* enrolment by HTTP Basic in place of Bearer */
    const char *device_ca; /* file with the CAs of another EST server; borrowed, may be NULL */
};

#define SETTINGS_DEFAULT                                                                                     \
    ((struct settings){                                                                                      \
        .certificate_validity = 90 * 86400,                                                                  \
        .ca_validity = 3650LL * 86400,                                                                       \
        .token_validity = 3600,                                                                              \
        .refresh_interval = 1200,                                                                            \
    })

/* Reads the port and the life of a token; the other fields stay. 0; -ENOENT if no server ever ran in the directory;
 * -EBADMSG if the file makes no sense; or negative errno. */
int settings_load(const struct store *store, struct settings *settings);

/* Saves the port and the life of a token. 0 or negative errno. */
int settings_save(const struct store *store, const struct settings *settings);
