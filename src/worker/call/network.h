/*
 * How the network is reached: the type Network of the interface. Texts are borrowed from the call's parameters; the lists
 * are owned.
 */
#pragma once

#include "common/json.h"

#include <curl/curl.h>

struct network {
    const char *proxy; /* NULL: direct */
    const char *proxy_user, *proxy_password;
    char *no_proxy;                  /* hosts, joined by commas; never NULL */
    const char *ca_bundle, *ca_file; /* one at least */
    struct curl_slist *connect_to;
    long connect_timeout_ms, timeout_ms;
};

/* Reads an object whose fields the table of methods has checked. Returns 0, -ENOMEM, or -EINVAL and the name of the
 * parameter that is wrong. */
int network_read(json_object *object, struct network *ret, const char **ret_invalid);

/* Copies a list of texts, which the caller frees. Returns 0 or -ENOMEM. */
int network_copy_list(const struct curl_slist *list, struct curl_slist **ret);

/* Frees the lists. Safe on a zeroed struct. */
void network_done(struct network *network);
