/*
 * Why the cloud failed a call, as the error Failed of the interface tells it. Whoever finds out fills the
 * caller's struct with failure_set and returns its result, -EREMOTEIO; any other negative errno means that
 * the worker itself is broken, which ends it.
 */
#pragma once

#include "common/json.h"
#include "common/reason.h"
#include "worker/call/secrets.h"

struct failure {
    enum reason reason;
    char message[512];
    long http_status;    /* 0: no answer came */
    char request_id[40]; /* empty: no request was sent */
    int64_t retry_after; /* seconds, -1: the server named none */
    bool clock_known;
    int64_t clock_offset;          /* seconds that our clock is ahead of the server's */
    char region[64];               /* empty: none named */
    const char *key_type;          /* a key type that would be taken; NULL: that is not the matter */
    const struct secrets *secrets; /* of the call, which no message repeats; NULL: none */
};

/* Nothing known yet. */
#define FAILURE_INIT                                                                                         \
    {                                                                                                        \
        .retry_after = -1                                                                                    \
    }

/* Sets reason and message, without the call's secrets; what the message says of the outside must be printable already.
 * Returns -EREMOTEIO, to be returned at once, or -ENOMEM. */
int failure_set(struct failure *failure, enum reason reason, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* What others say, for a message: without the call's secrets, printable, cut at size. A text that is cut before it comes
 * to failure_set has to go through here, as half a secret is not found. Returns out. */
char *failure_quote(const struct failure *failure, const char *text, char *out, size_t size);

/* The error reply. NULL without memory. */
json_object *failure_reply(const struct failure *failure);
