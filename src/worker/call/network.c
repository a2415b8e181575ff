#include "worker/call/network.h"

#include "common/proxy.h"
#include "varlink/worker.h"

#include <errno.h>
#include <stdio.h>
#include <strings.h>

const char *const network_proxy_auth_names[] = { WORKER_NETWORK_PROXY_AUTH_NAMES, NULL };

void network_done(struct network *network)
{
    curl_slist_free_all(network->connect_to);
    *network = (struct network){ 0 };
}

bool network_uses_proxy(const struct network *network, const char *host, unsigned port)
{
    size_t n = network->no_proxy ? json_object_array_length(network->no_proxy) : 0;

    for (size_t i = 0; i < n; i++)
        if (proxy_exempts(
                json_object_get_string(json_object_array_get_idx(network->no_proxy, i)), host, port))
            return false;
    return network->proxy != NULL;
}

/* Returns true if the text begins with this part and a colon, or with a colon, which means any part. Moves
 * behind the colon. */
static bool skip_part(const char **text, const char *part)
{
    size_t length = strlen(part);

    if (**text == ':')
        (*text)++;
    else if (strncasecmp(*text, part, length) == 0 && (*text)[length] == ':')
        *text += length + 1;
    else
        return false;
    return true;
}

bool network_leads_elsewhere(const struct network *network, const char *host, unsigned port)
{
    char number[16];

    snprintf(number, sizeof(number), "%u", port);
    for (const struct curl_slist *entry = network->connect_to; entry; entry = entry->next) {
        const char *text = entry->data;

        if (skip_part(&text, host) && skip_part(&text, number))
            return *text && *text != ':';
    }
    return false;
}

static bool are_exemptions(json_object *entries)
{
    for (size_t i = 0; entries && i < json_object_array_length(entries); i++)
        if (!proxy_exemption_is_valid(json_object_get_string(json_object_array_get_idx(entries, i))))
            return false;
    return true;
}

static int list_texts(json_object *texts, struct curl_slist **ret)
{
    struct curl_slist *list = NULL;

    for (size_t i = 0; texts && i < json_object_array_length(texts); i++) {
        struct curl_slist *longer =
            curl_slist_append(list, json_object_get_string(json_object_array_get_idx(texts, i)));
        if (!longer) {
            curl_slist_free_all(list);
            return -ENOMEM;
        }
        list = longer;
    }
    *ret = list;
    return 0;
}

int network_copy_list(const struct curl_slist *list, struct curl_slist **ret)
{
    struct curl_slist *copy = NULL;

    for (; list; list = list->next) {
        struct curl_slist *longer = curl_slist_append(copy, list->data);

        if (!longer) {
            curl_slist_free_all(copy);
            return -ENOMEM;
        }
        copy = longer;
    }
    *ret = copy;
    return 0;
}

int network_read(json_object *object, struct network *ret, const char **ret_invalid)
{
    struct network network = {
        .proxy = json_get_string(object, "proxy"),
        .proxy_user = json_get_string(object, "proxyUser"),
        .proxy_password = json_get_string(object, "proxyPassword"),
        .proxy_digest_only = streq0(json_get_string(object, "proxyAuth"), "digest"),
        .no_proxy = json_get_array(object, "noProxy"),
        .ca_bundle = json_get_string(object, "caBundle"),
        .ca_file = json_get_string(object, "caFile"),
        .connect_timeout_ms = (long)json_get_int(object, "connectTimeout", 0),
        .timeout_ms = (long)json_get_int(object, "timeout", 0),
    };

    /* Certificates are always verified, so no request could succeed without an anchor. */
    if (!network.ca_bundle && !network.ca_file) {
        *ret_invalid = "network.caBundle";
        return -EINVAL;
    }
    if (network.proxy && !proxy_url_is_valid(network.proxy)) {
        *ret_invalid = "network.proxy";
        return -EINVAL;
    }
    if (!are_exemptions(network.no_proxy)) {
        *ret_invalid = "network.noProxy";
        return -EINVAL;
    }

    int r = list_texts(json_get_array(object, "connectTo"), &network.connect_to);
    if (r < 0)
        return r;
    *ret = network;
    return 0;
}
