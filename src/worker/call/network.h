/*
 * The way to the network: the type Network of the interface. Borrows texts and no_proxy from the call's
 * parameters; owns connect_to.
 */
#pragma once

#include "common/json.h"

#include <curl/curl.h>

/* The names of the interface, NULL-terminated. */
extern const char *const network_proxy_auth_names[];

struct network {
    const char *proxy; /* NULL: direct */
    const char *proxy_user, *proxy_password;
    bool proxy_digest_only;          /* sends the password only by Digest */
    json_object *no_proxy;           /* array of entries for common/proxy.h; may be NULL */
    const char *ca_bundle, *ca_file; /* one at least */
    struct curl_slist *connect_to;
    long connect_timeout_ms, timeout_ms;
};

/* Reads an object whose fields the table of methods has checked. Returns 0, -ENOMEM, or -EINVAL and the name of the
 * parameter that is wrong. */
int network_read(json_object *object, struct network *ret, const char **ret_invalid);

/* Returns true if a host (as in a URL) is reached through the proxy. */
bool network_uses_proxy(const struct network *network, const char *host, unsigned port);

/* Returns true if connect_to redirects connections for this host and port. */
bool network_leads_elsewhere(const struct network *network, const char *host, unsigned port);

/* Copies a list of texts, which the caller frees. Returns 0 or -ENOMEM. */
int network_copy_list(const struct curl_slist *list, struct curl_slist **ret);

/* Frees connect_to. Safe on a zeroed struct. */
void network_done(struct network *network);
