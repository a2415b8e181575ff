/*
 * The URLs that calls name. Only https is spoken, and a URL carries no credentials: those have parameters of
 * their own.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum {
    URL_MAX = 2048,
};

struct url_parts {
    char authority[272]; /* host:port, for messages */
    char host[256];
    char path[256]; /* without the query; cut if it is longer */
};

/* Takes a https URL without user and fragment apart. 0, -EINVAL if it is anything else, -ENOMEM. */
int url_parse(const char *url, struct url_parts *ret);

/* The URL of an EST operation: the base may end with a slash or with the name of another operation, and
 * "/.well-known/est" is added if it has no path. 0, -EINVAL, -ENOMEM. The caller frees. */
int url_est(const char *base, const char *operation, char **ret);

/* True if libcurl's no-proxy list (joined by commas; may be NULL) exempts this host name. */
bool url_host_in_list(const char *host, const char *list);
