/*
 * The statuses of a load balancer, a filter or a web server in front of a service. They are no decision of a
 * certificate authority or the cloud.
 */
#pragma once

#include "common/reason.h"

enum {
    HTTP_MISDIRECTED = 421, /* demands another connection (RFC 9110, 15.5.20) */
};

struct http_status {
    long status;
    enum reason reason;
    const char *what; /* follows the name of the host in a message: the fault, and who must mend it */
};

/* Returns the row of a status; NULL if the service itself may have sent it. */
const struct http_status *http_find_status(long status);
