/*
 * Reads the answers of an EST server, without the network. The bytes of the body decide, not its media type. The reason is
 * est_rejected only where another request with the same credential can't help. Returns as est.h says.
 */
#pragma once

#include "worker/est/server.h"
#include "worker/http/message.h"
#include "worker/x509/csr-attributes.h"
#include "worker/x509/key.h"

enum {
    /* Seconds to wait after a 403 without Retry-After. */
    EST_FORBIDDEN_DELAY = 600,
};

/* Reads the CA certificates; the caller frees. If the server has no such operation, they are the anchors of the settings. */
int est_answer_anchors(struct call_context *context, const struct http_response *response,
    const struct est *est, STACK_OF(X509) * known, STACK_OF(X509) * *ret);

/* Reads the CSR attributes. ret_any is false if there are none, as in an answer that asks for authentication. */
int est_answer_attributes(struct call_context *context, const struct http_response *response,
    struct csr_attributes *ret, bool *ret_any);

/* Reads the certificate for the expected key, with its chain; the caller frees. */
int est_answer_enrolled(struct call_context *context, const struct http_response *response,
    const struct certificate_expectation *expected, STACK_OF(X509) * *ret_chain);

/* Reads a certificate with its chain, and a key that the server made instead of the expected one, with at
 * least that many bits of security. The caller frees both. */
int est_answer_generated(struct call_context *context, const struct http_response *response,
    const struct certificate_expectation *expected, int strength, STACK_OF(X509) * *ret_chain,
    struct private_key **ret_key);
