/*
 * Decides whether new trust anchors may follow known ones (RFC 7030, 4.1.3), by signatures and keys: names prove nothing.
 */
#pragma once

#include "worker/call/failure.h"
#include "worker/x509/certificate.h"

/* Checks that each anchor links to a known certificate: one of the stack, or the anchor of the fingerprint (lower-case
 * hexadecimal; empty: none). Without either, all anchors are taken. An anchor links if it is known, has issued a known one,
 * has the key of one that links, or is signed by that key. A certificate of the old key that the new key has signed ("old
 * with new") proves nothing by itself: anyone can sign it. Returns 0, -EREMOTEIO and the failure, which names the first
 * anchor that doesn't link, or -ENOMEM. */
int trust_anchors_check_link(
    STACK_OF(X509) * anchors, STACK_OF(X509) * known, const char *fingerprint, struct failure *failure);
