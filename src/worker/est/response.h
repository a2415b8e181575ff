/*
 * What an EST server answered, as functions of an answer alone, without the network. Bytes decide, not media types;
 * est_rejected is only said where asking again with the same credential can't help. Results as in est.h.
 */
#pragma once

#include "worker/est/server.h"
#include "worker/http/message.h"
#include "worker/x509/csr-attributes.h"
#include "worker/x509/key.h"

enum {
    /* Seconds before a 403 is tried again that names no time of its own. */
    EST_FORBIDDEN_DELAY = 600,
};

/* The CA certificates; those of the settings if the server has no such operation. */
int est_answer_anchors(struct call_context *context, const struct http_response *response,
    const struct est *est, STACK_OF(X509) * known, STACK_OF(X509) * *ret);

/* The CSR attributes; ret_any is false if the server has no wishes. An answer that asks for authentication is none. */
int est_answer_attributes(struct call_context *context, const struct http_response *response,
    struct csr_attributes *ret, bool *ret_any);

/* The certificate for the expected key, with its chain. */
int est_answer_enrolled(struct call_context *context, const struct http_response *response,
    const struct certificate_expectation *expected, STACK_OF(X509) * *ret_chain);

/* The same, with the key that the server made in place of the expected one. */
int est_answer_generated(struct call_context *context, const struct http_response *response,
    const struct certificate_expectation *expected, STACK_OF(X509) * *ret_chain,
    struct private_key **ret_key);
