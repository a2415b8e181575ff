/*
 * An EST client (RFC 7030, RFC 8951). Each function makes one request and checks what came before it is given
 * out: 0; -EREMOTEIO and the job's failure; -EINVAL and the job's invalid parameter; -ENOMEM or -EIO.
 */
#pragma once

#include "http.h"
#include "key.h"

struct est_identity {
    enum http_auth auth;
    const char *username, *secret;
    const struct http_client_certificate *client;
};

struct est_subject {
    const struct private_key *key;
    const char *common_name;  /* for an enrolment */
    X509 *current;            /* for a renewal: the certificate that is replaced */
    STACK_OF(X509) * anchors; /* what the certificate has to chain to */
};

/* The CA certificates, checked. The caller frees. */
int est_fetch_anchors(struct job *job, const char *base, STACK_OF(X509) * *ret);

/* Enrols, or renews if the subject has a current certificate. The chain begins with our certificate. */
int est_enroll(struct job *job, const char *base, const struct est_identity *identity,
    const struct est_subject *subject, STACK_OF(X509) * *ret_chain);

/* Read an answer, without the network. The same results. */
int est_answer_anchors(struct job *job, const struct http_response *response, STACK_OF(X509) * *ret);
int est_answer_enrolled(struct job *job, const struct http_response *response,
    const struct est_subject *subject, STACK_OF(X509) * *ret_chain);
