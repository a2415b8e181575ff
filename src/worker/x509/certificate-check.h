/*
 * Checks certificates from an EST server before they are taken: issued ones and trust anchors. A refusal has the reason
 * certificate_unusable and says what is wrong.
 */
#pragma once

#include "varlink/worker.h"
#include "worker/call/failure.h"
#include "worker/x509/certificate.h"

#include <time.h>

enum {
    /* Seconds that a server's clock may be ahead of ours without making its certificates "not yet valid". */
    CLOCK_TOLERANCE = 300,
};

/* Which names an issued certificate may have; CERTIFICATE_ANY and so on: subjectPolicy of the type Est of the IDL. */
enum certificate_policy { WORKER_EST_SUBJECT_POLICY_VALUES(CERTIFICATE_) };

/* The names of the interface, in the order of the enum, NULL-terminated. */
extern const char *const certificate_policy_names[];

struct certificate_expectation {
    EVP_PKEY *key;
    STACK_OF(X509) * anchors;
    STACK_OF(X509) * helpers; /* more certificates to build the chain with, not trusted; NULL: none */
    X509 *current;            /* the certificate that a renewal replaces, else NULL */
    enum certificate_policy policy;
    X509_REQ *request; /* for the policy; may be NULL with CERTIFICATE_ANY */
    time_t now;
};

/* Finds the certificate of our key among those received and checks it: not a CA, client authentication allowed, valid now,
 * not ending before the current one, not signed with SHA-1, with names that the policy allows, and chaining to the anchors.
 * The chain begins with the certificate itself and goes on to a root as far as the issuers are there; the caller frees. Returns 0, -EREMOTEIO and the failure, or -ENOMEM. */
int certificate_check_issued(STACK_OF(X509) * received, const struct certificate_expectation *expected,
    STACK_OF(X509) * *ret_chain, struct failure *failure);

/* Selects the anchors that can be used now: CA certificates of version 3 that are valid and whose extensions and key are
 * understood. Others are left out, as happens while a CA follows another (RFC 7030, 4.1.3), and logged. A CA that is to be
 * valid later is left out until then. The caller frees. Returns 0, -EREMOTEIO and the failure if none is left, or -ENOMEM. */
int certificate_select_anchors(
    STACK_OF(X509) * received, time_t now, STACK_OF(X509) * *ret, struct failure *failure);
