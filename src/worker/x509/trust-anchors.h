/*
 * Whether new trust anchors may follow known ones (RFC 7030, 4.1.3). Names prove nothing, signatures do.
 */
#pragma once

#include "worker/call/failure.h"
#include "worker/x509/certificate.h"

/* Refuses new anchors unless each of them links to a known one or to the new one of the fingerprint (lower-case
 * hexadecimal; empty: none). Known are those given and the one of the fingerprint; without any of them everything is
 * taken. A certificate links if it is a known one, is signed by the key of one that links, or holds the key of one that
 * links; so does the issuer of a known one. A certificate of the old key that the new one has signed ("old with new")
 * proves nothing by itself: anyone can sign it. 0, or -EREMOTEIO and the failure, which names the first that doesn't
 * link; -ENOMEM. */
int trust_anchors_check_link(
    STACK_OF(X509) * anchors, STACK_OF(X509) * known, const char *fingerprint, struct failure *failure);
