#include "worker/call/network.h"

#include <errno.h>
#include <strings.h>

void network_done(struct network *network)
{
    free(network->no_proxy);
    curl_slist_free_all(network->connect_to);
    *network = (struct network){ 0 };
}

static int join_hosts(json_object *hosts, char **ret)
{
    size_t n = hosts ? json_object_array_length(hosts) : 0, size = 1;

    for (size_t i = 0; i < n; i++)
        size += (size_t)json_object_get_string_len(json_object_array_get_idx(hosts, i)) + 1;
    char *text = malloc(size);
    if (!text)
        return -ENOMEM;

    char *end = text;
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            *end++ = ',';
        end = stpcpy(end, json_object_get_string(json_object_array_get_idx(hosts, i)));
    }
    *end = 0;
    *ret = text;
    return 0;
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
    if (network.proxy && (strncasecmp(network.proxy, "http://", 7) != 0 || strchr(network.proxy, '@'))) {
        *ret_invalid = "network.proxy";
        return -EINVAL;
    }

    int r = join_hosts(json_get_array(object, "noProxy"), &network.no_proxy);
    if (r >= 0)
        r = list_texts(json_get_array(object, "connectTo"), &network.connect_to);
    if (r < 0) {
        network_done(&network);
        return r;
    }
    *ret = network;
    return 0;
}
