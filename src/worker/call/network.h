/*
 * How the network is reached: the type Network of the interface. Texts and no_proxy are borrowed from the call's
 * parameters; connect_to is owned.
 */
#pragma once

#include "common/json.h"

#include <curl/curl.h>

/* The names of the interface, NULL-terminated. */
extern const char *const network_proxy_auth_names[];

struct network {
    const char *proxy; /* NULL: direct */
    const char *proxy_user, *proxy_password;
    bool proxy_digest_only;          /* the password goes out by Digest or not at all */
    json_object *no_proxy;           /* an array of entries, as common/proxy.h has them; NULL: none */
    const char *ca_bundle, *ca_file; /* one at least */
    struct curl_slist *connect_to;
    long connect_timeout_ms, timeout_ms;
};

/* Reads an object whose fields the table of methods has checked. Returns 0, -ENOMEM, or -EINVAL and the name of the
 * parameter that is wrong. */
int network_read(json_object *object, struct network *ret, const char **ret_invalid);

/* True if a host (as in a URL) is reached by the proxy. */
bool network_uses_proxy(const struct network *network, const char *host, unsigned port);

/* True if connect_to leads connections for this host and port to another place. */
bool network_leads_elsewhere(const struct network *network, const char *host, unsigned port);

/* Copies a list of texts, which the caller frees. Returns 0 or -ENOMEM. */
int network_copy_list(const struct curl_slist *list, struct curl_slist **ret);

/* Frees what is owned. Safe on a zeroed struct. */
void network_done(struct network *network);
