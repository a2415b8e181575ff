/* The host names that the sandbox answers for and what each of them is: a regional SSE server or the EST
 * server. One table; the certificates, the routing by Host header and the configuration all come from it. */
#pragma once

#include <stddef.h>

#define EST_HOST "est.sco.cisco.com"
#define EST_URL "https://" EST_HOST "/.well-known/est"

struct host {
    const char *name;
    const char *region;    /* label; NULL for the EST server */
    const char *est_label; /* path segment that an activation of this region names; NULL for the EST server */
};

#define HOSTS 4
extern const struct host cloud_hosts[HOSTS];

/* The host of that name; upper case, a port and a final dot are allowed. NULL when it is not ours. */
const struct host *host_find(const char *name);

/* The regional server with that label, in any case. NULL when there is none. */
const struct host *host_find_region(const char *label);
