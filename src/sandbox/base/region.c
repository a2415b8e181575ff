#include "sandbox/base/region.h"

#include <string.h>
#include <strings.h>

const struct host cloud_hosts[HOSTS] = {
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
        if (strlen(cloud_hosts[i].name) == length && strncasecmp(cloud_hosts[i].name, name, length) == 0)
            return &cloud_hosts[i];
    return NULL;
}

const struct host *host_find_region(const char *label)
{
    for (size_t i = 0; i < HOSTS; i++)
        if (cloud_hosts[i].region && strcasecmp(cloud_hosts[i].region, label) == 0)
            return &cloud_hosts[i];
    return NULL;
}
