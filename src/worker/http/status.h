/*
 * Statuses that speak of the way to a service: a load balancer, a filter or a web server in front of it gives them. They are
 * nothing that a certificate authority or the cloud has decided.
 */
#pragma once

#include "common/reason.h"

enum {
    HTTP_MISDIRECTED = 421, /* wants another connection (RFC 9110, 15.5.20) */
};

struct http_status {
    long status;
    enum reason reason;
    const char *what; /* behind the name of the host: what it says, and who has to do something */
};

/* Returns what a status says of the way to the service; NULL if the service itself may mean it. */
const struct http_status *http_find_status(long status);
