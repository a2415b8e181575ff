/*
 * An EST client (RFC 7030, RFC 8951). Each function makes one exchange, or two where the server wants it so, and checks
 * what came before it is given out: 0; -EREMOTEIO and the context's failure; -EINVAL and the context's invalid parameter; -ENOMEM
 * or -EIO.
 */
#pragma once

#include "worker/est/server.h"
#include "worker/http/message.h"
#include "worker/x509/csr-attributes.h"
#include "worker/x509/key.h"

/* Who asks: by a header, by a certificate in the TLS handshake, by both or by neither. */
struct est_identity {
    enum http_auth auth;
    const char *username, *secret;
    const struct http_client_certificate *client;
};

struct est_subject {
    const struct private_key *key;
    const char *common_name; /* for an enrolment */
    X509 *current;           /* for a renewal: the certificate that is replaced */
    STACK_OF(X509) *
        anchors; /* what the certificate has to chain to, unless the settings have anchors of their own */
};

/* Begins to fetch what registration will want of the server; see http_prefetch. */
int est_prefetch(struct call_context *context, const struct est *est);

/* The CA certificates, checked. known are those of before; NULL: none. The caller frees. */
int est_fetch_anchors(
    struct call_context *context, const struct est *est, STACK_OF(X509) * known, STACK_OF(X509) * *ret);

/* What the server wants in a request; nothing if it has no wishes, which ret_any tells. */
int est_fetch_attributes(struct call_context *context, const struct est *est,
    const struct est_identity *identity, struct csr_attributes *ret, bool *ret_any);

/* Enrols, or renews if the subject has a current certificate. The chain begins with our certificate. The key is the one
 * that the server made, if the settings say that it does, else NULL. */
int est_enroll(struct call_context *context, const struct est *est, const struct est_identity *identity,
    const struct est_subject *subject, STACK_OF(X509) * *ret_chain, struct private_key **ret_key);
