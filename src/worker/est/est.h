/*
 * An EST client (RFC 7030, RFC 8951). Each function makes one exchange, or two if the server redirects or asks for a
 * password, and checks the answer before it is given out. Returns 0, -EREMOTEIO and the context's failure, -EINVAL and the
 * context's invalid parameter, -ENOMEM or -EIO.
 */
#pragma once

#include "worker/est/server.h"
#include "worker/http/message.h"
#include "worker/x509/csr-attributes.h"
#include "worker/x509/key.h"

/* How the appliance authenticates: by a header, by a certificate in the TLS handshake, by both or by neither. */
struct est_identity {
    enum http_auth auth;
    const char *username, *secret;
    const struct http_client_certificate *client;
};

struct est_subject {
    const struct private_key *key;
    const char *common_name;  /* for an enrolment */
    X509 *current;            /* for a renewal: the certificate that it replaces */
    STACK_OF(X509) * anchors; /* of the new certificate, unless the settings have their own */
};

/* Begins to fetch the CA certificates and the CSR attributes; see http_prefetch(). */
int est_prefetch(struct call_context *context, const struct est *est);

/* Fetches the CA certificates; the caller frees. "known" are those of an earlier call, or NULL. Shows the
 * identity (may be NULL) if the server asks for it. */
int est_fetch_anchors(struct call_context *context, const struct est *est,
    const struct est_identity *identity, STACK_OF(X509) * known, STACK_OF(X509) * *ret);

/* Fetches the CSR attributes. ret_any is false if the server has none. */
int est_fetch_attributes(struct call_context *context, const struct est *est,
    const struct est_identity *identity, struct csr_attributes *ret, bool *ret_any);

/* Enrols, or renews if the subject has a current certificate. The chain begins with the new certificate. The key is the one
 * that the server has made, NULL unless the settings want it. The caller frees both. */
int est_enroll(struct call_context *context, const struct est *est, const struct est_identity *identity,
    const struct est_subject *subject, STACK_OF(X509) * *ret_chain, struct private_key **ret_key);
