/* What real EST servers were seen to do, and what broken ones could do: kinds of faults for the calls of EST.
 * One table per subject; each ends with a row without a name. */
#pragma once

#include "sandbox/est/issue.h"
#include "sandbox/faults/fault.h"
#include "sandbox/x509/pkcs.h"

struct request;

/* How an answer is written: encoding, headers, bodies of errors, challenges. */
extern const struct fault_kind answer_kinds[];

/* What is asked of a request: its form, its credential, its key. */
extern const struct fault_kind request_kinds[];

/* What is issued: the certificate, the certificates around it, the CA. */
extern const struct fault_kind certificate_kinds[];

/* A certificate request that passed, as the checks see it. Everything is borrowed. */
struct submission {
    const struct request *request;
    const struct csr *csr;
    gnutls_x509_crt_t current; /* the client's certificate; NULL at the first enrolment */
    const char *label;         /* the one that the activation named */
};

/* What "auth" asks for; the numbers of its words. */
enum {
    AUTH_BASIC = 1,
    AUTH_MD5 = 2,
    AUTH_SHA256 = 4,
};

/* How the new CA of "replace-ca" is linked to the old one; the numbers of its words. */
enum {
    LINK_NEW_WITH_OLD = 1,
    LINK_OLD_WITH_NEW = 2,
    REPLACED = 4, /* in each of them */
};

/* The number of the word of a kind; 0 when it is off. */
int fault_number(const struct request *request, const char *kind);
