/*
 * Decides whether new trust anchors may follow known ones (RFC 7030, 4.1.3), by signatures and keys: names prove nothing.
 */
#pragma once

#include "worker/call/failure.h"
#include "worker/x509/certificate.h"

enum {
    /* Signatures that one check verifies at most: a server chooses how many names fit together. */
    TRUST_ANCHORS_SIGNATURES_MAX = 128,
};

/* Checks that each anchor links to a known certificate: one of the stack, or the anchor of the fingerprint (lower-case
 * hexadecimal; empty: none). Without either, all anchors are taken. An anchor links if it is known, or if the key of one that
 * is known or links has signed it, which that one's limits must allow: its path length and what is left of its signers'
 * (RFC 5280, 6.1.4), no critical extension that is unknown; and, unless the anchor has the same extension, no name
 * constraints, no demand for a policy, no extended key usage without clients. The signature in a known
 * certificate says nothing about its issuer: one can make a key for which a given signature is good. Nor does "old with
 * new", a certificate of the old key that the new key has signed: anyone can sign it. Returns 0, -EREMOTEIO and the failure,
 * which names the first anchor that doesn't link, or -ENOMEM. */
int trust_anchors_check_link(
    STACK_OF(X509) * anchors, STACK_OF(X509) * known, const char *fingerprint, struct failure *failure);
