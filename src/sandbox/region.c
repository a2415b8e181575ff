/* SPDX-License-Identifier: MIT */
#include "region.h"

#include <string.h>
#include <strings.h>

const struct host hosts[HOSTS] = {
    { "api.apj.sse.itd.cisco.com", "APJC", "apj" },
    { "api.eu.sse.itd.cisco.com", "EUROPE", "eu" },
    { "api-sse.cisco.com", "AMERICAS", "us" },
    { EST_HOST, NULL, NULL },
};

const struct host *host_find(const char *name)
{
    size_t length;

    if (!name)
        return NULL;
    length = strcspn(name, ":");
    if (length > 0 && name[length - 1] == '.')
        length--;
    for (size_t i = 0; i < HOSTS; i++)
        if (strlen(hosts[i].name) == length && strncasecmp(hosts[i].name, name, length) == 0)
            return &hosts[i];
    return NULL;
}

const struct host *host_find_region(const char *label)
{
    for (size_t i = 0; i < HOSTS; i++)
        if (hosts[i].region && strcasecmp(hosts[i].region, label) == 0)
            return &hosts[i];
    return NULL;
}
