/*
 * Why a call failed at the cloud, as the error Failed of the interface says it. Whoever finds out fills the call's struct
 * with failure_set() and returns its result, -EREMOTEIO; any other negative errno but -EINVAL means that the worker itself
 * is broken and ends it.
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
    int64_t retry_after; /* seconds; -1: the server named none */
    bool clock_known;
    int64_t clock_offset;          /* seconds that our clock is ahead of the server's */
    json_object *details;          /* members of the error that only some reasons have; owned; NULL: none */
    const struct secrets *secrets; /* of the call, masked in every text; borrowed; NULL: none */
};

/* Nothing is known yet. */
#define FAILURE_INIT                                                                                         \
    {                                                                                                        \
        .retry_after = -1                                                                                    \
    }

/* Sets reason and message, with the call's secrets masked. Foreign text in the message must have come through
 * failure_quote(). Returns -EREMOTEIO, to be returned at once, or -ENOMEM. */
int failure_set(struct failure *failure, enum reason reason, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds a member to the error reply; its value may be foreign, and is cut at 63 bytes. Returns 0 or -ENOMEM. */
int failure_add_detail(struct failure *failure, const char *name, const char *value);

/* Copies foreign text for a message: masks secrets, escapes control characters, cuts at size. Mask always before you cut:
 * half a secret isn't recognised. Returns out. */
char *failure_quote(const struct failure *failure, const char *text, char *out, size_t size);

/* Returns the error reply, or NULL without memory. */
json_object *failure_reply(const struct failure *failure);

/* Forgets all but the secrets, for another try within the same call. */
void failure_reset(struct failure *failure);

/* Frees the details. Safe on a zeroed struct. */
void failure_done(struct failure *failure);
