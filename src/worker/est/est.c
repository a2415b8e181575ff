#include "worker/est/est.h"

#include "common/key-strength.h"
#include "common/log.h"
#include "worker/est/response.h"
#include "worker/http/http.h"
#include "worker/x509/csr.h"

#include <errno.h>
#include <stdio.h>
#include <strings.h>

static void borrowed_freep(STACK_OF(X509) * *stack)
{
    sk_X509_free(*stack);
}

/* Makes the URL of an operation if its host is allowed. The caller frees. */
static int make_url(struct call_context *context, const struct est *est, const char *operation, char **ret)
{
    if (est->refused)
        return failure_set(&context->failure, REASON_UNEXPECTED_REPLY,
            "The EST server %.200s is none that est.hosts allows: nothing was sent to it. If it is the right "
            "one, name its host there and reload.",
            est->url);
    int r = url_est(est->url, est->label, operation, ret);

    return r == -EINVAL ? call_refuse_parameter(context, "est.url") : r;
}

/* True if the answer redirects to another URL of the same server. A URL with a secret is refused: it would be logged there
 * and here. */
static bool is_redirect(const struct call_context *context, const struct http_response *response)
{
    struct url_parts target;

    if (response->status < 301 || response->status > 308 || response->status == 303 || !response->redirect)
        return false;
    return !secrets_in(&context->secrets, response->redirect) &&
           url_parse(response->redirect, &target) == 0 &&
           strcasecmp(target.authority, response->url.authority) == 0;
}

/* Makes a request, and once more with the password if the server refuses without a word how to authenticate: some take
 * Basic and don't say so. Never after a challenge: one for Digest must not end in Basic. */
static int perform_authenticated(
    struct call_context *context, struct http_request *request, struct http_response *ret)
{
    int r = http_perform(context, request, ret);

    if (r < 0 || ret->status != 401 || ret->challenged || request->auth != HTTP_AUTH_PASSWORD)
        return r;
    http_response_done(ret);
    request->auth = HTTP_AUTH_BASIC;
    return http_perform(context, request, ret);
}

/* Makes a request, and again at the URL that it is redirected to. */
static int perform_request(
    struct call_context *context, struct http_request *request, struct http_response *ret)
{
    _cleanup_http_response_ struct http_response first = { 0 };

    int r = perform_authenticated(context, request, &first);
    if (r == -EINVAL)
        return call_refuse_parameter(context, "est.url");
    if (r < 0)
        return r;
    if (!is_redirect(context, &first)) {
        *ret = first;
        first = (struct http_response){ 0 };
        return 0;
    }
    request->url = first.redirect;
    return perform_authenticated(context, request, ret);
}

static struct http_request get_request(const struct est *est, const char *url, const char *accept)
{
    return (struct http_request){
        .method = "GET",
        .url = url,
        .accept = accept,
        .tls_anchors = est->tls_anchors,
        .not_local = est->not_local,
    };
}

static struct http_request anchors_request(const struct est *est, const char *url)
{
    return get_request(est, url, "application/pkcs7-mime");
}

static struct http_request attributes_request(const struct est *est, const char *url)
{
    return get_request(est, url, "application/csrattrs");
}

int est_prefetch(struct call_context *context, const struct est *est)
{
    _cleanup_free_ char *anchors = NULL, *attributes = NULL;

    int r = make_url(context, est, "cacerts", &anchors);
    if (r >= 0)
        r = make_url(context, est, "csrattrs", &attributes);
    if (r < 0) {
        failure_reset(&context->failure);
        return r == -EREMOTEIO ? 0 : r;
    }

    struct http_request request = anchors_request(est, anchors);
    r = http_prefetch(context, &request);
    if (r < 0 || !est->csr_attributes)
        return r;
    request = attributes_request(est, attributes);
    return http_prefetch(context, &request);
}

/* Sends a request with the client certificate, if there is one, and repeats it with the credential if the
 * server asks for one. */
static int perform_readable(struct call_context *context, struct http_request *request,
    const struct est_identity *identity, struct http_response *response)
{
    const char *url = request->url;

    request->client = identity ? identity->client : NULL;
    int r = perform_request(context, request, response);
    if (r < 0 || response->status != 401 || !identity || identity->auth == HTTP_AUTH_NONE)
        return r;
    http_response_done(response);
    request->url = url;
    request->auth = identity->auth;
    request->username = identity->username;
    request->secret = identity->secret;
    return perform_request(context, request, response);
}

int est_fetch_anchors(struct call_context *context, const struct est *est,
    const struct est_identity *identity, STACK_OF(X509) * known, STACK_OF(X509) * *ret)
{
    _cleanup_http_response_ struct http_response response = { 0 };
    _cleanup_free_ char *url = NULL;

    int r = make_url(context, est, "cacerts", &url);
    if (r < 0)
        return r;
    struct http_request request = anchors_request(est, url);
    r = perform_readable(context, &request, identity, &response);
    if (r < 0)
        return r;
    return est_answer_anchors(context, &response, est, known, ret);
}

int est_fetch_attributes(struct call_context *context, const struct est *est,
    const struct est_identity *identity, struct csr_attributes *ret, bool *ret_any)
{
    _cleanup_http_response_ struct http_response response = { 0 };
    _cleanup_free_ char *url = NULL;

    int r = make_url(context, est, "csrattrs", &url);
    if (r < 0)
        return r;
    struct http_request request = attributes_request(est, url);
    r = perform_readable(context, &request, identity, &response);
    if (r < 0)
        return r;
    return est_answer_attributes(context, &response, ret, ret_any);
}

/* A certificate request and the body made of it, which is rewritten in place once the connection is there. */
struct enrolment {
    const struct private_key *key;
    struct csr_attributes attributes;
    X509_REQ *csr;
    char *body;
    size_t size;
};

static void enrolment_done(struct enrolment *enrolment)
{
    X509_REQ_free(enrolment->csr);
    free(enrolment->body);
}

/* Makes tls-unique the challenge password (RFC 7030, 3.5). The length of the body has been announced, but that of an ECDSA
 * signature varies, so the request is signed until it fits. */
static int bind_to_connection(void *userdata, const unsigned char *unique, size_t size)
{
    enum { ATTEMPTS = 500 };
    struct enrolment *enrolment = userdata;
    char challenge[2 * EVP_MAX_MD_SIZE];

    EVP_EncodeBlock((unsigned char *)challenge, unique, (int)size);
    int r = csr_set_challenge(enrolment->csr, challenge);
    for (int i = 0; r >= 0 && i < ATTEMPTS; i++) {
        _cleanup_free_ char *body = NULL;
        size_t length = 0;

        r = csr_sign(enrolment->csr, enrolment->key, &enrolment->attributes, &body, &length);
        if (r >= 0 && length == enrolment->size) {
            memcpy(enrolment->body, body, length);
            return 0;
        }
    }
    return -EIO;
}

static int check_key(struct call_context *context, const struct est *est, const struct enrolment *enrolment)
{
    EVP_PKEY *key = private_key_handle(enrolment->key);
    const char *wanted = csr_attributes_key_type(&enrolment->attributes, key_strength(est->key_type));
    const char *weaker = csr_attributes_key_type(&enrolment->attributes, 0);
    char type[48];

    if (est->server_keygen || csr_attributes_take_key(&enrolment->attributes, key))
        return 0;
    key_describe(key, type, sizeof(type));
    if (!wanted && weaker)
        return failure_set(&context->failure, REASON_CERTIFICATE_UNUSABLE,
            "The EST server asks for a key of the type %s in its CSR attributes, which is weaker than the %s "
            "that est.key_type demands: set est.key_type if that is wanted.",
            weaker, est->key_type);
    if (!wanted) {
        log_warning("The EST server asks for key types that are not known here, trying with %s.", type);
        return 0;
    }
    if (failure_add_detail(&context->failure, "keyType", wanted) < 0)
        return -ENOMEM;
    return failure_set(&context->failure, REASON_CERTIFICATE_UNUSABLE,
        "The EST server asks for a key of the type %s in its CSR attributes, and the key is %s: set "
        "est.key_type.",
        wanted, type);
}

/* Makes and signs the request. For a proof of possession it gets a challenge password to be replaced later. */
static int make_request(struct call_context *context, const struct est_subject *subject, bool possession,
    struct enrolment *enrolment)
{
    int r;

    if (subject->current)
        r = csr_for_renewal(subject->key, subject->current, &enrolment->attributes, &enrolment->csr);
    else
        r = csr_for_name(subject->key, subject->common_name, &enrolment->attributes, &enrolment->csr);
    if (r == -EINVAL)
        return call_refuse_parameter(context, "commonName");
    /* The base64 of a Finished message of TLS 1.2 has this length. */
    if (r >= 0 && possession)
        r = csr_set_challenge(enrolment->csr, "AAAAAAAAAAAAAAAA");
    if (r < 0)
        return r;
    return csr_sign(enrolment->csr, subject->key, &enrolment->attributes, &enrolment->body, &enrolment->size);
}

static int send_request(struct call_context *context, const struct est *est,
    const struct est_identity *identity, const struct est_subject *subject, struct enrolment *enrolment,
    struct http_response *ret)
{
    const char *operation = subject->current ? "simplereenroll" : "simpleenroll";
    bool possession = est->possession == EST_POSSESSION_ALWAYS ||
                      (est->possession == EST_POSSESSION_AUTO && enrolment->attributes.challenge_password);
    const struct http_binding binding = { bind_to_connection, enrolment };
    _cleanup_free_ char *url = NULL;

    int r = make_url(context, est, est->server_keygen ? "serverkeygen" : operation, &url);
    if (r >= 0)
        r = make_request(context, subject, possession, enrolment);
    if (r < 0)
        return r;

    struct http_request request = {
        .method = "POST",
        .url = url,
        .accept = est->server_keygen ? "multipart/mixed" : "application/pkcs7-mime",
        .content_type = "application/pkcs10",
        .is_base64 = true,
        .body = enrolment->body,
        .body_size = enrolment->size,
        .auth = identity->auth,
        .username = identity->username,
        .secret = identity->secret,
        .client = identity->client,
        /* An intercepting proxy can't pass the appliance's certificate on. */
        .interception = identity->client ? HTTP_INTERCEPTION_NOTED : HTTP_INTERCEPTION_IGNORED,
        .tls_anchors = est->tls_anchors,
        .not_local = est->not_local,
        .binding = possession ? &binding : NULL,
    };
    return perform_request(context, &request, ret);
}

/* Collects certificates that help to build the chain: the intermediates, and CA certificates that aren't anchors here. They
 * stay borrowed; the caller frees the stack. */
static int collect_helpers(const struct est *est, const struct est_subject *subject, STACK_OF(X509) * *ret)
{
    STACK_OF(X509) *all = est->intermediates ? sk_X509_dup(est->intermediates) : sk_X509_new_null();
    int r = all ? 0 : -ENOMEM;

    for (int i = 0; r == 0 && est->anchors && i < sk_X509_num(subject->anchors); i++)
        if (!sk_X509_push(all, sk_X509_value(subject->anchors, i)))
            r = -ENOMEM;
    *ret = all;
    return r;
}

static int read_answer(struct call_context *context, const struct est *est, const struct est_subject *subject,
    const struct enrolment *enrolment, const struct http_response *response, STACK_OF(X509) * *ret_chain,
    struct private_key **ret_key)
{
    _cleanup_(borrowed_freep) STACK_OF(X509) *helpers = NULL;
    int r = collect_helpers(est, subject, &helpers);
    struct certificate_expectation expected = {
        .key = private_key_handle(subject->key),
        .anchors = est->anchors ? est->anchors : subject->anchors,
        .helpers = helpers,
        .current = subject->current,
        .policy = est->policy,
        .request = enrolment->csr,
        .now = time(NULL),
    };

    if (r < 0)
        return r;
    if (est->server_keygen)
        return est_answer_generated(
            context, response, &expected, key_strength(est->key_type), ret_chain, ret_key);
    return est_answer_enrolled(context, response, &expected, ret_chain);
}

int est_enroll(struct call_context *context, const struct est *est, const struct est_identity *identity,
    const struct est_subject *subject, STACK_OF(X509) * *ret_chain, struct private_key **ret_key)
{
    _cleanup_http_response_ struct http_response response = { 0 };
    _cleanup_(enrolment_done) struct enrolment enrolment = {
        .key = subject->key,
        .attributes = { .digest = NID_undef },
    };
    bool any;
    int r = 0;

    if (est->csr_attributes)
        r = est_fetch_attributes(context, est, identity, &enrolment.attributes, &any);
    if (r >= 0)
        r = check_key(context, est, &enrolment);
    if (r >= 0)
        r = send_request(context, est, identity, subject, &enrolment, &response);
    if (r < 0)
        return r;
    return read_answer(context, est, subject, &enrolment, &response, ret_chain, ret_key);
}
