/*
 * The hosts that the sandbox answers for, and the service that each of them provides. One table: certificates, routing
 * by the Host header, folders of the store and the agent's configuration all come from it.
 */
#pragma once

#include <stddef.h>

#define EST_HOST "est.sco.cisco.com"
#define EST_URL "https://" EST_HOST "/.well-known/est"

/* The services of the cloud; route.c has a table of endpoints for each. */
enum service {
    SERVICE_SSE, /* a regional server of the Security Services Exchange */
    SERVICE_EST, /* enrolment */
};

struct host {
    const char *name;
    enum service service;
    const char *region;    /* label; NULL for a host of all regions */
    const char *est_label; /* path segment that an activation of this region names; NULL unless SERVICE_SSE */
};

#define HOSTS 4
extern const struct host cloud_hosts[HOSTS];

/* Returns the host of that name in any case, also with a port or a final dot. NULL if it is not one of the cloud's. */
const struct host *host_find(const char *name);

/* Returns the i-th host of a service, for loops; NULL behind the last. */
const struct host *host_at(enum service service, size_t i);

/* Returns the host of a service in the region with that label, in any case. NULL if there is none. */
const struct host *host_find_region(enum service service, const char *label);
