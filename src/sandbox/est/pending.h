/* A certificate authority that takes its time: the first request is answered with 202, and the certificate
 * is there when the same key comes again. What waits is in pending/GUID.json. */
#pragma once

#include "sandbox/sandbox.h"
#include "sandbox/x509/pkcs.h"

/* 1: go on. 0: the answer is filled. Negative errno. The caller holds the lock of the store. */
int pending_admit(const struct sandbox *sandbox, const struct request *request, struct answer *answer,
    const struct csr *csr);
