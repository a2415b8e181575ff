#include "sandbox/base/region.h"

#include <string.h>
#include <strings.h>

const struct host cloud_hosts[HOSTS] = {
    { "api.apj.sse.itd.cisco.com", SERVICE_SSE, "APJC", "apj" },
    { "api.eu.sse.itd.cisco.com", SERVICE_SSE, "EUROPE", "eu" },
    { "api-sse.cisco.com", SERVICE_SSE, "AMERICAS", "us" },
    { EST_HOST, SERVICE_EST, NULL, NULL },
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

const struct host *host_at(enum service service, size_t i)
{
    for (size_t j = 0; j < HOSTS; j++)
        if (cloud_hosts[j].service == service && i-- == 0)
            return &cloud_hosts[j];
    return NULL;
}

const struct host *host_find_region(enum service service, const char *label)
{
    const struct host *host;

    for (size_t i = 0; (host = host_at(service, i)); i++)
        if (host->region && strcasecmp(host->region, label) == 0)
            return host;
    return NULL;
}
