/*
 * The fault "same-key": a CA that takes its time. It answers the first request with 202 and issues the certificate when
 * a request with the same key comes again. The key that waits is in pending/GUID.json.
 */
#pragma once

#include "sandbox/faults/call.h"
#include "sandbox/x509/csr.h"

/* Holds a certificate request back if the fault is on. 1: go on. 0: the answer is filled. Negative errno. The caller
 * holds the lock of the store. */
int pending_admit(const struct call *call, struct answer *answer, const struct csr *csr);
