#include "worker/methods/enrolment.h"

#include "common/limits.h"
#include "common/log.h"
#include "worker/est/est.h"
#include "worker/methods/credentials.h"
#include "worker/methods/run.h"
#include "worker/x509/certificate.h"
#include "worker/x509/pkcs7.h"

#include <errno.h>

static int add_anchors(struct call_context *context, json_object *out, STACK_OF(X509) * anchors)
{
    _cleanup_free_ char *pem = NULL;

    int r = certificates_to_pem(anchors, 0, &pem);
    if (r < 0)
        return r;
    if (strlen(pem) > LIMIT_CERTIFICATES)
        return failure_set(&context->failure, REASON_CERTIFICATE_UNUSABLE,
            "The CA certificates of the EST server take %zu bytes; at most %d can be used.", strlen(pem),
            LIMIT_CERTIFICATES);
    return json_add_string(out, "trustAnchors", pem);
}

/* Reads the certificates of an optional parameter. */
static int read_certificates(
    struct call_context *context, json_object *in, const char *key, STACK_OF(X509) * *ret)
{
    const char *pem = json_get_string(in, key);
    int r = pem ? certificates_load(pem, ret) : 0;

    return r == -EINVAL ? call_refuse_parameter(context, key) : r;
}

/* Reads how to authenticate, by the optional parameters of a call. Fills in client and certificate if there are
 * credentials. */
static int read_identity(struct call_context *context, json_object *in, bool send_chain,
    struct est_identity *ret, struct http_client_certificate *client, X509 **ret_certificate)
{
    json_object *enrollment = json_get_object(in, "enrollment"),
                *credentials = json_get_object(in, "credentials");
    struct est_identity identity = {
        .auth = HTTP_AUTH_NONE,
        .username = json_get_string(enrollment, "username"),
        .secret = json_get_string(enrollment, "secret"),
    };

    if (enrollment && streq(json_get_string(enrollment, "scheme"), "basic")) {
        identity.auth = HTTP_AUTH_PASSWORD;
        if (!identity.username)
            return call_refuse_parameter(context, "enrollment.username");
    } else if (enrollment)
        identity.auth = HTTP_AUTH_BEARER;

    if (client && credentials) {
        int r = credentials_read(context, credentials, client, ret_certificate);
        if (r < 0)
            return r;
        client->chain = send_chain ? json_get_string(credentials, "chain") : NULL;
        identity.client = client;
    }
    *ret = identity;
    return 0;
}

static int fetch_trust_anchors(struct call_context *context, json_object *in, json_object **ret)
{
    _cleanup_x509_stack_ STACK_OF(X509) *anchors = NULL, *previous = NULL;
    _cleanup_json_ json_object *out = json_object_new_object();
    _cleanup_est_ struct est est = { 0 };
    struct est_identity identity;

    int r = est_settings_read(context, json_get_object(in, "est"), &est);
    if (r >= 0)
        r = read_certificates(context, in, "previous", &previous);
    if (r >= 0)
        r = read_identity(context, in, false, &identity, NULL, NULL);
    if (r >= 0)
        r = est_fetch_anchors(context, &est, &identity, previous, &anchors);
    if (r >= 0)
        r = add_anchors(context, out, anchors);
    if (r < 0)
        return r;
    *ret = TAKE_PTR(out);
    return 0;
}

static int get_csr_attributes(struct call_context *context, json_object *in, json_object **ret)
{
    _cleanup_json_ json_object *out = json_object_new_object();
    _cleanup_est_ struct est est = { 0 };
    struct http_client_certificate client;
    struct csr_attributes attributes;
    struct est_identity identity;
    json_object *told = NULL;
    bool any = false;

    if (!out)
        return -ENOMEM;
    int r = est_settings_read(context, json_get_object(in, "est"), &est);
    if (r >= 0)
        r = read_identity(context, in, est.send_chain, &identity, &client, NULL);
    if (r >= 0)
        r = est_fetch_attributes(context, &est, &identity, &attributes, &any);
    if (r >= 0 && any)
        r = csr_attributes_to_json(&attributes, &told);
    if (r >= 0)
        r = json_add(out, "attributes", told);
    if (r < 0)
        return r;
    *ret = TAKE_PTR(out);
    return 0;
}

/* Drops the root at the end of a chain: whoever has the anchors knows it. */
static void drop_root(STACK_OF(X509) * chain)
{
    X509 *last = sk_X509_value(chain, sk_X509_num(chain) - 1);

    if (sk_X509_num(chain) > 1 && X509_self_signed(last, 0) == 1)
        X509_free(sk_X509_pop(chain));
}

/* Makes the reply of an enrolment. The key is NULL if the caller has it already. */
static int make_enrolled(
    struct call_context *context, STACK_OF(X509) * chain, const struct private_key *key, json_object **ret)
{
    _cleanup_json_erase_ json_object *out = json_object_new_object();
    _cleanup_json_ json_object *info = NULL;
    _cleanup_free_ char *all = NULL, *rest = NULL;
    _cleanup_erase_ char *pem = NULL;

    drop_root(chain);
    int r = certificate_info(sk_X509_value(chain, 0), &info);
    if (r >= 0)
        r = certificates_to_pem(chain, 0, &all);
    if (r >= 0)
        r = certificates_to_pem(chain, 1, &rest);
    if (r >= 0 && key)
        r = private_key_to_pem(key, &pem);
    if (r < 0)
        return r;

    /* The certificate is what comes before the rest. */
    all[strlen(all) - strlen(rest)] = 0;
    if (strlen(all) > LIMIT_CERTIFICATE)
        return failure_set(&context->failure, REASON_CERTIFICATE_UNUSABLE,
            "The certificate that was issued takes %zu bytes; at most %d can be used.", strlen(all),
            LIMIT_CERTIFICATE);
    if (strlen(rest) > LIMIT_CERTIFICATES) {
        log_warning("The chain of the certificate takes %zu bytes and is left out; at most %d can be used.",
            strlen(rest), LIMIT_CERTIFICATES);
        *rest = 0;
    }
    if (!out || json_add_string(out, "certificate", all) < 0 ||
        (*rest && json_add_string(out, "chain", rest) < 0) || json_add(out, "info", TAKE_PTR(info)) < 0 ||
        json_add_string(out, "privateKey", pem) < 0)
        return -ENOMEM;
    *ret = TAKE_PTR(out);
    return 0;
}

/* Does what Enroll and Reenroll have in common. */
static int enroll_subject(struct call_context *context, json_object *in, const struct est *est,
    const struct est_identity *identity, struct est_subject *subject, json_object **ret)
{
    _cleanup_private_key_ struct private_key *key = NULL, *made = NULL;
    _cleanup_x509_stack_ STACK_OF(X509) *anchors = NULL, *chain = NULL;

    int r = credentials_load_key(context, json_get_string(in, "privateKey"), &key);
    if (r >= 0)
        r = read_certificates(context, in, "trustAnchors", &anchors);
    if (r < 0)
        return r;

    subject->key = key;
    subject->anchors = anchors;
    r = est_enroll(context, est, identity, subject, &chain, &made);
    return r < 0 ? r : make_enrolled(context, chain, made, ret);
}

static int enroll_new(struct call_context *context, json_object *in, json_object **ret)
{
    struct est_subject subject = { .common_name = json_get_string(in, "commonName") };
    _cleanup_est_ struct est est = { 0 };
    struct http_client_certificate client;
    struct est_identity identity;

    int r = est_settings_read(context, json_get_object(in, "est"), &est);
    if (r >= 0)
        r = read_identity(context, in, est.send_chain, &identity, &client, NULL);
    return r < 0 ? r : enroll_subject(context, in, &est, &identity, &subject, ret);
}

static int enroll_again(struct call_context *context, json_object *in, json_object **ret)
{
    _cleanup_x509_ X509 *current = NULL;
    _cleanup_est_ struct est est = { 0 };
    struct http_client_certificate client;
    struct est_identity identity;

    int r = est_settings_read(context, json_get_object(in, "est"), &est);
    if (r >= 0)
        r = read_identity(context, in, est.send_chain, &identity, &client, &current);
    if (r < 0)
        return r;
    struct est_subject subject = { .current = current };
    return enroll_subject(context, in, &est, &identity, &subject, ret);
}

int method_fetch_trust_anchors(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    return method_run(userdata, call, fetch_trust_anchors, ret_reply);
}

int method_get_csr_attributes(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    return method_run(userdata, call, get_csr_attributes, ret_reply);
}

int method_enroll(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    return method_run(userdata, call, enroll_new, ret_reply);
}

int method_reenroll(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    return method_run(userdata, call, enroll_again, ret_reply);
}
