/*
 * What must hold before a certificate from an EST server is taken: one function for issued certificates, one
 * for trust anchors. A refusal is reason certificate_unusable and says what was wrong.
 */
#pragma once

#include "varlink/worker.h"
#include "worker/call/failure.h"
#include "worker/x509/certificate.h"

#include <time.h>

enum {
    /* A server's clock may be this many seconds ahead of ours without making its certificates "not yet
       valid". */
    CLOCK_TOLERANCE = 300,
};

/* CERTIFICATE_ANY and so on: subjectPolicy of the type Est of the IDL, which says how an issued certificate may be called. */
enum certificate_policy { WORKER_EST_SUBJECT_POLICY_VALUES(CERTIFICATE_) };

/* The names of the interface, in the order of the enum, NULL-terminated. */
extern const char *const certificate_policy_names[];

struct certificate_expectation {
    EVP_PKEY *key;
    STACK_OF(X509) * anchors;
    STACK_OF(X509) * helpers; /* more certificates to build the chain of, not trusted; NULL: none */
    X509 *current;            /* at a renewal the certificate that is replaced, else NULL */
    enum certificate_policy policy;
    X509_REQ *request; /* for the policy: what was asked for */
    time_t now;
};

/* Finds the certificate of our key among those received, and refuses it unless it is no CA, allows client
 * authentication, is valid, ends later than the current one, is not signed with SHA-1, is called what the policy
 * allows and chains to the anchors. The chain begins with the certificate itself. 0, -EREMOTEIO and the failure,
 * -ENOMEM. */
int certificate_check_issued(STACK_OF(X509) * received, const struct certificate_expectation *expected,
    STACK_OF(X509) * *ret_chain, struct failure *failure);

/* Refuses anchors unless each is a CA certificate and valid now. 0, or -EREMOTEIO and the failure. */
int certificate_check_anchors(STACK_OF(X509) * anchors, time_t now, struct failure *failure);
