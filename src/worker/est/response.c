#include "worker/est/response.h"

#include "common/log.h"
#include "worker/est/multipart.h"
#include "worker/http/status.h"
#include "worker/x509/pkcs7.h"
#include "worker/x509/public-key.h"
#include "worker/x509/trust-anchors.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <strings.h>

enum {
    BODY_SHOWN = 200,
};

/* Fails the call with a message that quotes the beginning of the body, which may be anything. */
static int fail_with_body(
    struct call_context *context, enum reason reason, const struct http_response *response, const char *what)
{
    char shown[BODY_SHOWN + 1];

    failure_quote(
        &context->failure, response->body && response->size ? response->body : "", shown, sizeof(shown));
    return failure_set(&context->failure, reason, "%s %s: it answered %ld%s%s%s.", response->url.authority,
        what, response->status, *shown ? " \"" : "", shown, *shown ? "\"" : "");
}

/* True if the body is a web page: of a captive portal, a proxy or a web server in front of the EST server. */
static bool is_page(const struct http_response *response)
{
    const char *body = response->body ? response->body : "", *end = body + response->size;

    if (strncasecmp(response->content_type, "text/html", 9) == 0 ||
        strncasecmp(response->content_type, "application/xhtml", 17) == 0)
        return true;
    while (body < end && isspace((unsigned char)*body))
        body++;
    return end - body > 5 && (strncasecmp(body, "<html", 5) == 0 || strncasecmp(body, "<!doc", 5) == 0);
}

/* Fails the call if any operation would fail by this status. Returns 0 if not. */
static int check_common_status(struct call_context *context, const struct http_response *response)
{
    const struct http_status *status = http_find_status(response->status);

    if (status)
        return fail_with_body(context, status->reason, response, status->what);
    if (response->status >= 500 && response->status != 501)
        return fail_with_body(context, REASON_SERVER_ERROR, response, "has a fault");
    return 0;
}

/* Fails the call for our clock, which alone makes a certificate invalid: it is asked for again, and taken once the clock is
 * right. */
static int blame_clock(struct call_context *context, const struct http_response *response, const char *what)
{
    return failure_set(&context->failure, REASON_CLOCK_SKEW,
        "%s of %s can't be valid by this clock, which differs from the server's by %" PRId64 " s.", what,
        response->url.authority, response->clock_offset);
}

/* Returns true for the statuses by which a CA refuses a request for good. */
static bool is_final(long status)
{
    return status == 400 || status == 401 || status == 409 || status == 422;
}

/* Returns true for the statuses that ask for a certificate or a credential. */
static bool refuses_client(long status)
{
    return status == 400 || status == 401 || status == 403 || status == 495 || status == 496;
}

static int fail_enrolment(
    struct call_context *context, const struct http_response *response, bool certificate_shown)
{
    bool by_server = *response->www_authenticate || !is_page(response);

    int r = check_common_status(context, response);
    if (r < 0)
        return r;
    if (response->intercepted && refuses_client(response->status))
        return http_fail_intercepted(context, response);
    if (http_refuses_certificate(response) && certificate_shown)
        return http_fail_certificate(context, response);
    if (http_refuses_certificate(response))
        return fail_with_body(context, REASON_UNEXPECTED_REPLY, response,
            "demands a client certificate, which the appliance does not have before this answer");
    if (response->status == 401 && http_clock_is_wrong(response))
        return fail_with_body(
            context, REASON_CLOCK_SKEW, response, "refused the credential, and its clock differs from ours");
    if (response->status == 404 || response->status == 405 || response->status == 501)
        return fail_with_body(context, REASON_UNEXPECTED_REPLY, response,
            "has no such operation at this URL (check est.url and est.label)");
    if (response->status < 400 || !by_server)
        return http_fail_unexpected(context, response, "something that is not an EST server's");
    if (response->status == 403) {
        /* A policy may change, a person may approve: try again, slowly. */
        if (context->failure.retry_after < 0)
            context->failure.retry_after = EST_FORBIDDEN_DELAY;
        return fail_with_body(context, REASON_SERVER_ERROR, response, "forbids the enrolment for now");
    }
    if (!is_final(response->status))
        return fail_with_body(context, REASON_UNEXPECTED_REPLY, response,
            "gave an answer that a certificate authority has no use for: whoever runs the web server there "
            "has to look into its log");
    return fail_with_body(context, REASON_EST_REJECTED, response, "refused the certificate request");
}

static int read_certificates(struct call_context *context, const struct http_response *response,
    const char *body, size_t size, STACK_OF(X509) * *ret)
{
    bool bare = false;

    int r = pkcs7_parse(body, size, ret, &bare);
    if (r == -EBADMSG)
        return http_fail_unexpected(
            context, response, size ? "no certificates" : "an empty body in place of certificates");
    if (r == -E2BIG)
        return http_fail_unexpected(context, response, "more certificates than are taken");
    if (r == -EKEYREJECTED)
        return failure_set(&context->failure, REASON_CERTIFICATE_UNUSABLE,
            "%s sent a certificate whose key has freely chosen parameters: no certificate authority makes "
            "those.",
            response->url.authority);
    if (r >= 0 && bare)
        log_warning("%s sent bare certificates in place of PKCS#7, taking them.", response->url.authority);
    return r;
}

static bool has_no_operation(const struct http_response *response)
{
    return response->status == 204 || response->status == 404 || response->status == 405 ||
           response->status == 501;
}

static int copy_stack(STACK_OF(X509) * from, STACK_OF(X509) * *ret)
{
    *ret = X509_chain_up_ref(from);
    return *ret ? 0 : -ENOMEM;
}

/* Selects the usable anchors by our clock, unless the server's clock, which differs, makes more of them usable. */
static int select_anchors(struct call_context *context, const struct http_response *response,
    STACK_OF(X509) * received, STACK_OF(X509) * *ret)
{
    _cleanup_x509_stack_ STACK_OF(X509) *by_ours = NULL, *by_server = NULL;
    struct failure ignored = FAILURE_INIT;
    time_t now = time(NULL);

    int r = certificate_select_anchors(received, now, &by_ours, &context->failure);
    if (r == -ENOMEM)
        return r;
    if (http_clock_is_wrong(response)) {
        int s =
            certificate_select_anchors(received, now - (time_t)response->clock_offset, &by_server, &ignored);
        if (s == -ENOMEM)
            return s;
        if (s == 0 && sk_X509_num(by_server) > sk_X509_num(by_ours))
            return blame_clock(context, response, "The CA certificates");
    }
    if (r < 0)
        return r;
    *ret = TAKE_PTR(by_ours);
    return 0;
}

int est_answer_anchors(struct call_context *context, const struct http_response *response,
    const struct est *est, STACK_OF(X509) * known, STACK_OF(X509) * *ret)
{
    _cleanup_x509_stack_ STACK_OF(X509) *received = NULL, *anchors = NULL;

    http_note_response(context, response);
    int r = check_common_status(context, response);
    if (r < 0)
        return r;
    if (est->anchors && (has_no_operation(response) || response->status >= 400)) {
        log_warning("%s gives no CA certificates (%ld), the configured anchors are used alone.",
            response->url.authority, response->status);
        return copy_stack(est->anchors, ret);
    }
    if (response->status != 200 && response->status != 201)
        return http_fail_unexpected(context, response, "something other than the CA certificates");

    r = read_certificates(context, response, response->body, response->size, &received);
    if (r >= 0)
        r = select_anchors(context, response, received, &anchors);
    /* Configured anchors replace those of an earlier call. */
    if (r >= 0)
        r = trust_anchors_check_link(
            anchors, est->anchors ? est->anchors : known, est->fingerprint, &context->failure);
    if (r < 0)
        return r;
    *ret = TAKE_PTR(anchors);
    return 0;
}

int est_answer_attributes(struct call_context *context, const struct http_response *response,
    struct csr_attributes *ret, bool *ret_any)
{
    struct csr_attributes attributes = { .digest = NID_undef };
    bool good = response->status == 200 || response->status == 201;
    int r;

    http_note_response(context, response);
    *ret_any = false;
    *ret = attributes;
    r = check_common_status(context, response);
    if (r < 0)
        return r;
    if ((good && response->size == 0) || response->status == 204 || response->status >= 400)
        return 0;
    if (!good)
        return http_fail_unexpected(context, response, "something other than CSR attributes");

    r = csr_attributes_parse(response->body, response->size, &attributes);
    if (r == -EBADMSG) {
        /* They are hints (RFC 7030, 4.5.2). */
        log_warning(
            "%s sent something other than CSR attributes, going on without them.", response->url.authority);
        return 0;
    }
    if (r < 0)
        return r;
    if (attributes.malformed)
        log_warning(
            "Some CSR attributes of %s can't be read, going on without those.", response->url.authority);
    *ret = attributes;
    *ret_any = attributes.challenge_password || attributes.digest != NID_undef || attributes.key_usage ||
               attributes.extended_key_usage || attributes.alternative_name || attributes.n_key_types ||
               attributes.n_other;
    return 0;
}

/* Returns 0 if the answer should hold a certificate. */
static int check_issued_status(struct call_context *context, const struct http_response *response,
    const struct certificate_expectation *expected)
{
    http_note_response(context, response);
    if (response->status == 202)
        return failure_set(&context->failure, REASON_EST_PENDING,
            "The certificate authority behind %s has not decided yet (202).", response->url.authority);
    if (response->status == 204)
        return http_fail_unexpected(context, response, "no certificate");
    return response->status == 200 || response->status == 201
               ? 0
               : fail_enrolment(context, response, expected->current != NULL);
}

static int check_issued(struct call_context *context, const struct http_response *response,
    STACK_OF(X509) * received, const struct certificate_expectation *expected, STACK_OF(X509) * *ret_chain)
{
    _cleanup_x509_stack_ STACK_OF(X509) *chain = NULL;
    struct certificate_expectation by_server = *expected;

    int r = certificate_check_issued(received, expected, ret_chain, &context->failure);
    if (r != -EREMOTEIO || !http_clock_is_wrong(response))
        return r;
    by_server.now -= (time_t)response->clock_offset;
    r = certificate_check_issued(received, &by_server, &chain, &context->failure);
    return r < 0 ? r : blame_clock(context, response, "The new certificate");
}

int est_answer_enrolled(struct call_context *context, const struct http_response *response,
    const struct certificate_expectation *expected, STACK_OF(X509) * *ret_chain)
{
    _cleanup_x509_stack_ STACK_OF(X509) *received = NULL;

    int r = check_issued_status(context, response, expected);
    if (r >= 0)
        r = read_certificates(context, response, response->body, response->size, &received);
    if (r < 0)
        return r;
    return check_issued(context, response, received, expected, ret_chain);
}

/* Reads the key and the certificates among the parts, by their bytes. */
static int read_parts(struct call_context *context, const struct http_response *response,
    struct private_key **ret_key, STACK_OF(X509) * *ret_received)
{
    struct multipart_part parts[MULTIPART_MAX], *rest = NULL;
    int n = multipart_parse(response->content_type, response->body, response->size, parts), r = -EINVAL;

    for (int i = 0; i < n; i++) {
        if (!*ret_key && (r = private_key_parse(parts[i].data, parts[i].size, ret_key)) == -ENOMEM)
            return r;
        if (r < 0)
            rest = &parts[i];
        r = -EINVAL;
    }
    if (n < 0)
        return http_fail_unexpected(context, response, "no key and certificate in parts");
    if (!*ret_key)
        return http_fail_unexpected(
            context, response, "no private key, or one that is encrypted, among its parts");
    return read_certificates(context, response, rest ? rest->data : "", rest ? rest->size : 0, ret_received);
}

int est_answer_generated(struct call_context *context, const struct http_response *response,
    const struct certificate_expectation *expected, int strength, STACK_OF(X509) * *ret_chain,
    struct private_key **ret_key)
{
    _cleanup_private_key_ struct private_key *key = NULL;
    _cleanup_x509_stack_ STACK_OF(X509) *received = NULL;
    struct certificate_expectation generated = *expected;

    if (strength < KEY_SECURITY_BITS_MIN)
        strength = KEY_SECURITY_BITS_MIN;

    int r = check_issued_status(context, response, expected);
    if (r >= 0)
        r = response->size ? read_parts(context, response, &key, &received)
                           : http_fail_unexpected(context, response, "nothing");
    if (r < 0)
        return r;
    generated.key = private_key_handle(key);
    if (EVP_PKEY_get_security_bits(generated.key) < strength)
        return failure_set(&context->failure, REASON_CERTIFICATE_UNUSABLE,
            "The private key that %s made is too weak: %d bits of security; est.key_type demands %d.",
            response->url.authority, EVP_PKEY_get_security_bits(generated.key), strength);
    r = check_issued(context, response, received, &generated, ret_chain);
    if (r < 0)
        return r;
    *ret_key = TAKE_PTR(key);
    return 0;
}
