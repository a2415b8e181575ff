#include "interface.h"

#include "certificate.h"
#include "est.h"
#include "key.h"
#include "pkcs7.h"
#include "sse.h"

#include <errno.h>

/* What a method does once its network has been read: 0 and the reply parameters, or as sse.h and est.h say.
 */
typedef int (*step)(struct job *job, json_object *in, json_object **ret);

static json_object *invalid_parameter(const char *name)
{
    _cleanup_json_ json_object *fields = json_object_new_object();

    if (!fields || json_add_string(fields, "parameter", name) < 0)
        return NULL;
    return varlink_make_error("org.varlink.service.InvalidParameter", TAKE_PTR(fields));
}

static int run_step(struct http *http, const struct varlink_call *call, step run, json_object **ret_reply)
{
    struct job job = { .http = http, .failure = FAILURE_INIT };
    json_object *out = NULL, *reply;

    int r = network_read(json_get_object(call->parameters, "network"), &job.network, &job.invalid);
    if (r >= 0)
        r = run(&job, call->parameters, &out);

    if (r == 0)
        reply = varlink_make_reply(out);
    else if (r == -EREMOTEIO)
        reply = failure_reply(&job.failure);
    else if (r == -EINVAL && job.invalid)
        reply = invalid_parameter(job.invalid);
    else {
        network_done(&job.network);
        return r;
    }
    network_done(&job.network);
    if (!reply)
        return -ENOMEM;
    *ret_reply = reply;
    return 0;
}

static struct http_client_certificate read_credentials(json_object *in)
{
    json_object *credentials = json_get_object(in, "credentials");

    return (struct http_client_certificate){
        .certificate = json_get_string(credentials, "certificate"),
        .private_key = json_get_string(credentials, "privateKey"),
    };
}

int call_generate_key(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    _cleanup_private_key_ struct private_key *key = NULL;
    _cleanup_json_erase_ json_object *out = json_object_new_object();
    _cleanup_erase_ char *pem = NULL;
    int type = key_type_from_string(json_get_string(call->parameters, "keyType"));

    (void)userdata;
    if (!out || type < 0)
        return -ENOMEM;
    int r = private_key_generate((enum key_type)type, &key);
    if (r >= 0)
        r = private_key_to_pem(key, &pem);
    if (r < 0)
        return r;
    if (json_add_string(out, "privateKey", pem) < 0)
        return -ENOMEM;
    *ret_reply = varlink_make_reply(TAKE_PTR(out));
    return *ret_reply ? 0 : -ENOMEM;
}

static int create_context(struct job *job, json_object *in, json_object **ret)
{
    return sse_create_context(job, json_get_string(in, "url"), json_get_object(in, "client"),
        json_get_string(in, "exchange"), json_get_int(in, "refreshInterval", 0), ret);
}

static int activate(struct job *job, json_object *in, json_object **ret)
{
    return sse_activate(job, json_get_string(in, "url"), json_get_string(in, "token"), ret);
}

static int get_context_status(struct job *job, json_object *in, json_object **ret)
{
    struct http_client_certificate certificate = read_credentials(in);

    return sse_get_status(job, json_get_string(in, "url"), &certificate, ret);
}

static int refresh(struct job *job, json_object *in, json_object **ret)
{
    struct http_client_certificate certificate = read_credentials(in);

    return sse_refresh(job, json_get_string(in, "url"), &certificate, json_get_object(in, "client"), ret);
}

static int delete_context(struct job *job, json_object *in, json_object **ret)
{
    struct http_client_certificate certificate = read_credentials(in);

    return sse_delete_context(job, json_get_string(in, "url"), &certificate, ret);
}

static int fetch_trust_anchors(struct job *job, json_object *in, json_object **ret)
{
    _cleanup_x509_stack_ STACK_OF(X509) *anchors = NULL;
    _cleanup_json_ json_object *out = json_object_new_object();
    _cleanup_free_ char *pem = NULL;

    if (!out)
        return -ENOMEM;
    int r = est_fetch_anchors(job, json_get_string(json_get_object(in, "est"), "url"), &anchors);
    if (r < 0)
        return r;
    r = certificates_to_pem(anchors, 0, &pem);
    if (r < 0)
        return r;
    if (json_add_string(out, "trustAnchors", pem) < 0)
        return -ENOMEM;
    *ret = TAKE_PTR(out);
    return 0;
}

/* The root is known to whoever has the anchors. */
static void drop_root(STACK_OF(X509) * chain)
{
    X509 *last = sk_X509_value(chain, sk_X509_num(chain) - 1);

    if (sk_X509_num(chain) > 1 && X509_self_signed(last, 0) == 1)
        X509_free(sk_X509_pop(chain));
}

static int make_enrolled(STACK_OF(X509) * chain, json_object **ret)
{
    _cleanup_json_ json_object *out = json_object_new_object(), *info = NULL;
    _cleanup_free_ char *all = NULL, *rest = NULL;

    drop_root(chain);
    int r = certificate_info(sk_X509_value(chain, 0), &info);
    if (r >= 0)
        r = certificates_to_pem(chain, 0, &all);
    if (r >= 0)
        r = certificates_to_pem(chain, 1, &rest);
    if (r < 0)
        return r;

    /* What is not the rest is the certificate. */
    all[strlen(all) - strlen(rest)] = 0;
    if (!out || json_add_string(out, "certificate", all) < 0 ||
        (*rest && json_add_string(out, "chain", rest) < 0) || json_add(out, "info", TAKE_PTR(info)) < 0)
        return -ENOMEM;
    *ret = TAKE_PTR(out);
    return 0;
}

/* What Enroll and Reenroll have in common. */
static int enroll_subject(struct job *job, json_object *in, const struct est_identity *identity,
    struct est_subject *subject, json_object **ret)
{
    _cleanup_private_key_ struct private_key *key = NULL;
    _cleanup_x509_stack_ STACK_OF(X509) *anchors = NULL, *chain = NULL;

    int r = private_key_load(json_get_string(in, "privateKey"), &key);
    if (r == -EINVAL)
        return job_invalid(job, "privateKey");
    if (r < 0)
        return r;
    r = certificates_load(json_get_string(in, "trustAnchors"), &anchors);
    if (r == -EINVAL)
        return job_invalid(job, "trustAnchors");
    if (r < 0)
        return r;

    subject->key = key;
    subject->anchors = anchors;
    r = est_enroll(job, json_get_string(json_get_object(in, "est"), "url"), identity, subject, &chain);
    if (r < 0)
        return r;
    return make_enrolled(chain, ret);
}

static int enroll(struct job *job, json_object *in, json_object **ret)
{
    json_object *enrollment = json_get_object(in, "enrollment");
    bool basic = streq(json_get_string(enrollment, "scheme"), "basic");
    enum http_auth auth = basic ? HTTP_AUTH_BASIC : HTTP_AUTH_BEARER;
    struct est_identity identity = {
        .auth = enrollment ? auth : HTTP_AUTH_NONE,
        .username = json_get_string(enrollment, "username"),
        .secret = json_get_string(enrollment, "secret"),
    };
    struct est_subject subject = { .common_name = json_get_string(in, "commonName") };

    if (basic && !identity.username)
        return job_invalid(job, "enrollment.username");
    return enroll_subject(job, in, &identity, &subject, ret);
}

static int reenroll(struct job *job, json_object *in, json_object **ret)
{
    _cleanup_x509_stack_ STACK_OF(X509) *current = NULL;
    struct http_client_certificate client = read_credentials(in);
    struct est_identity identity = { .client = &client };

    int r = certificates_load(client.certificate, &current);
    if (r == -EINVAL)
        return job_invalid(job, "credentials.certificate");
    if (r < 0)
        return r;
    struct est_subject subject = { .current = sk_X509_value(current, 0) };
    return enroll_subject(job, in, &identity, &subject, ret);
}

int call_create_context(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    return run_step(userdata, call, create_context, ret_reply);
}

int call_activate(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    return run_step(userdata, call, activate, ret_reply);
}

int call_fetch_trust_anchors(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    return run_step(userdata, call, fetch_trust_anchors, ret_reply);
}

int call_enroll(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    return run_step(userdata, call, enroll, ret_reply);
}

int call_reenroll(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    return run_step(userdata, call, reenroll, ret_reply);
}

int call_get_context_status(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    return run_step(userdata, call, get_context_status, ret_reply);
}

int call_refresh(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    return run_step(userdata, call, refresh, ret_reply);
}

int call_delete_context(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    return run_step(userdata, call, delete_context, ret_reply);
}
