/*
 * The URLs that calls name: only https, and without credentials, which have parameters of their own.
 */
#pragma once

#include "common/limits.h"

#include <stdbool.h>
#include <stddef.h>

struct url_parts {
    char authority[272]; /* host:port, for messages */
    char host[256];
    unsigned port;
    char path[256]; /* without the query; cut if longer */
};

/* Splits a https URL without user and fragment. Returns 0, -EINVAL if it is anything else, or -ENOMEM. */
int url_parse(const char *url, struct url_parts *ret);

/* Makes the URL of an EST operation (RFC 7030, 3.2.2). A slash or the name of another operation at the end of the base is
 * ignored, and "/.well-known/est" is added to a bare host. The label (NULL or empty: none) follows, without slashes around
 * it, and with what can't stand in a path percent-encoded. 0, -EINVAL, -ENOMEM. The caller frees. */
int url_est(const char *base, const char *label, const char *operation, char **ret);
