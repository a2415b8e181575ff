/*
 * Why something failed: one stable name per cause, with a remedy and whether trying again can help. The same
 * names stand in the IDL files (type Reason), in the state file and in the output of trctl.
 */
#pragma once

#include <stdbool.h>

enum reason {
    REASON_NONE,
    REASON_TOKEN_MALFORMED,
    REASON_TOKEN_REJECTED,
    REASON_FEATURE_DISABLED,
    REASON_BUSY,
    REASON_ALREADY_REGISTERED,
    REASON_NOT_REGISTERED,
    REASON_SERVER_LOCKED,
    REASON_DNS_FAILED,
    REASON_CONNECT_REFUSED,
    REASON_CONNECT_TIMEOUT,
    REASON_PROXY_AUTH,
    REASON_PROXY_FAILED,
    REASON_TLS_UNTRUSTED,
    REASON_TLS_NAME,
    REASON_TLS_EXPIRED,
    REASON_CLOCK_SKEW,
    REASON_UNEXPECTED_REPLY,
    REASON_WRONG_REGION,
    REASON_REMOVED_IN_PORTAL,
    REASON_IDENTITY_CHANGED,
    REASON_EST_PENDING,
    REASON_EST_REJECTED,
    REASON_CERTIFICATE_UNUSABLE,
    REASON_CERTIFICATE_EXPIRED,
    REASON_RATE_LIMITED,
    REASON_SERVER_ERROR,
    REASON_WORKER_FAILED,
    REASON_STATE_IO,
    REASON_CANCELLED,
    REASON_MAX_,
};

/* The name, as in the IDL; NULL for REASON_NONE. */
const char *reason_to_string(enum reason reason);

/* The reason of that name; REASON_NONE if there is none (or name is NULL). */
enum reason reason_from_string(const char *name);

/* What the administrator can do, one sentence. */
const char *reason_remedy(enum reason reason);

/* True if trying again without a change by a person can't help. */
bool reason_is_permanent(enum reason reason);
