#include "est.h"

#include "base64.h"
#include "certificate-check.h"
#include "csr.h"
#include "log.h"
#include "pkcs7.h"

#include <errno.h>
#include <stdio.h>

enum {
    BODY_SHOWN = 200,
};

static void response_donep(struct http_response *response)
{
    http_response_done(response);
}

static int unexpected(struct job *job, const struct http_response *response, const char *what)
{
    char type[160];

    return failure_set(&job->failure, REASON_UNEXPECTED_REPLY, "%s answered %ld with %s (%s).",
        response->url.authority, response->status, what, http_content_type(response, type, sizeof(type)));
}

/* Names status and the beginning of the body, which may be anything. */
static int fail(struct job *job, enum reason reason, const struct http_response *response, const char *what)
{
    char shown[BODY_SHOWN + 1];

    escape_text(response->body ? response->body : "", shown, sizeof(shown));
    return failure_set(&job->failure, reason, "%s %s: it answered %ld%s%s%s.", response->url.authority, what,
        response->status, *shown ? " \"" : "", shown, *shown ? "\"" : "");
}

static int fail_enrolment(struct job *job, const struct http_response *response)
{
    bool clock_is_wrong = response->clock_known && (response->clock_offset > CLOCK_TOLERANCE ||
                                                       response->clock_offset < -CLOCK_TOLERANCE);

    if (response->status == 429)
        return fail(job, REASON_RATE_LIMITED, response, "asked to wait");
    if (response->status >= 500)
        return fail(job, REASON_SERVER_ERROR, response, "has a fault");
    if (response->status == 401 && clock_is_wrong)
        return fail(
            job, REASON_CLOCK_SKEW, response, "refused the credential, and its clock differs from ours");
    if (response->status >= 400)
        return fail(job, REASON_EST_REJECTED, response, "refused the certificate request");
    return unexpected(job, response, "something that is not an EST server's");
}

static int parse_certificates(struct job *job, const struct http_response *response, STACK_OF(X509) * *ret)
{
    bool bare = false;

    int r = response->size ? pkcs7_parse(response->body, response->size, ret, &bare) : -EBADMSG;
    if (r == -EBADMSG)
        return unexpected(job, response, "no certificates");
    if (r >= 0 && bare)
        log_warning("%s sent bare certificates in place of PKCS#7, taking them.", response->url.authority);
    return r;
}

int est_answer_anchors(struct job *job, const struct http_response *response, STACK_OF(X509) * *ret)
{
    _cleanup_x509_stack_ STACK_OF(X509) *anchors = NULL;

    http_tell(job, response);
    if (response->status == 429)
        return fail(job, REASON_RATE_LIMITED, response, "asked to wait");
    if (response->status >= 500)
        return fail(job, REASON_SERVER_ERROR, response, "has a fault");
    if (response->status != 200)
        return unexpected(job, response, "something other than the CA certificates");

    int r = parse_certificates(job, response, &anchors);
    if (r < 0)
        return r;
    r = certificate_check_anchors(anchors, time(NULL), &job->failure);
    if (r < 0)
        return r;
    *ret = TAKE_PTR(anchors);
    return 0;
}

int est_answer_enrolled(struct job *job, const struct http_response *response,
    const struct est_subject *subject, STACK_OF(X509) * *ret_chain)
{
    _cleanup_x509_stack_ STACK_OF(X509) *received = NULL;
    struct certificate_expectation expected = {
        .key = subject->key,
        .anchors = subject->anchors,
        .current = subject->current,
        .now = time(NULL),
    };

    http_tell(job, response);
    if (response->status == 202)
        return failure_set(&job->failure, REASON_EST_PENDING,
            "The certificate authority behind %s has not decided yet (202).", response->url.authority);
    if (response->status != 200 && response->status != 201)
        return fail_enrolment(job, response);

    int r = parse_certificates(job, response, &received);
    if (r < 0)
        return r;
    return certificate_check_issued(received, &expected, ret_chain, &job->failure);
}

int est_fetch_anchors(struct job *job, const char *base, STACK_OF(X509) * *ret)
{
    _cleanup_(response_donep) struct http_response response = { 0 };
    _cleanup_free_ char *url = NULL;

    int r = url_est(base, "cacerts", &url);
    if (r == -EINVAL)
        return job_invalid(job, "est.url");
    if (r < 0)
        return r;

    struct http_request request = {
        .method = "GET",
        .url = url,
        .accept = "application/pkcs7-mime",
    };
    r = http_perform(job, &request, &response);
    if (r < 0)
        return r;
    return est_answer_anchors(job, &response, ret);
}

/* The certificate request in base64. */
static int make_request(struct job *job, const struct est_subject *subject, char **ret, size_t *ret_size)
{
    _cleanup_openssl_ unsigned char *der = NULL;
    size_t size = 0;
    int r;

    if (subject->current)
        r = csr_for_renewal(subject->key, subject->current, &der, &size);
    else
        r = csr_for_name(subject->key, subject->common_name, &der, &size);
    if (r == -EINVAL)
        return job_invalid(job, "commonName");
    if (r < 0)
        return r;
    return base64_encode(der, size, ret, ret_size);
}

int est_enroll(struct job *job, const char *base, const struct est_identity *identity,
    const struct est_subject *subject, STACK_OF(X509) * *ret_chain)
{
    _cleanup_(response_donep) struct http_response response = { 0 };
    _cleanup_free_ char *url = NULL, *body = NULL;
    size_t body_size = 0;

    int r = url_est(base, subject->current ? "simplereenroll" : "simpleenroll", &url);
    if (r == -EINVAL)
        return job_invalid(job, "est.url");
    if (r < 0)
        return r;
    r = make_request(job, subject, &body, &body_size);
    if (r < 0)
        return r;

    struct http_request request = {
        .method = "POST",
        .url = url,
        .accept = "application/pkcs7-mime",
        .content_type = "application/pkcs10",
        .body = body,
        .body_size = body_size,
        .auth = identity->auth,
        .username = identity->username,
        .secret = identity->secret,
        .client = identity->client,
    };
    r = http_perform(job, &request, &response);
    if (r < 0)
        return r;
    return est_answer_enrolled(job, &response, subject, ret_chain);
}
