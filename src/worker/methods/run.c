#include "worker/methods/run.h"

#include "worker/sse/sse.h"
#include "worker/x509/key.h"
#include "worker/x509/pkcs7.h"

#include <errno.h>

static json_object *invalid_parameter(const char *name)
{
    _cleanup_json_ json_object *fields = json_object_new_object();

    if (!fields || json_add_string(fields, "parameter", name) < 0)
        return NULL;
    return varlink_make_error("org.varlink.service.InvalidParameter", TAKE_PTR(fields));
}

int call_run(struct http *http, const struct varlink_call *call, call_step run, json_object **ret_reply)
{
    struct call_context context;
    json_object *out = NULL, *reply = NULL;

    int r = call_context_open(&context, http, call->parameters);
    if (r >= 0)
        r = run(&context, call->parameters, &out);

    bool invalid = r == -EINVAL && context.invalid;
    if (r == 0)
        reply = varlink_make_reply(out);
    else if (r == -EREMOTEIO)
        reply = failure_reply(&context.failure);
    else if (invalid)
        reply = invalid_parameter(context.invalid);
    call_context_close(&context);
    if (!reply)
        return r == 0 || r == -EREMOTEIO || invalid ? -ENOMEM : r;
    *ret_reply = reply;
    return 0;
}

static int refuse_saved(struct call_context *context, const char *what)
{
    ERR_clear_error();
    return failure_set(&context->failure, REASON_CERTIFICATE_UNUSABLE,
        "The appliance's %s: the saved state is damaged. Deregister with --local-only and register with a "
        "new token.",
        what);
}

/* Half of a damaged key may be whole. An RSA key takes long to check, and its signatures check themselves. */
static bool is_sound(EVP_PKEY *pkey)
{
    if (EVP_PKEY_get_base_id(pkey) != EVP_PKEY_EC)
        return true;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
    bool sound = ctx && EVP_PKEY_pairwise_check(ctx) == 1;

    EVP_PKEY_CTX_free(ctx);
    return sound;
}

int call_load_key(struct call_context *context, const char *pem, struct private_key **ret)
{
    _cleanup_private_key_ struct private_key *key = NULL;

    int r = private_key_load(pem, &key);
    if (r == -EINVAL || (r >= 0 && !is_sound(private_key_handle(key))))
        return refuse_saved(context, "private key can't be used");
    if (r < 0)
        return r;
    *ret = TAKE_PTR(key);
    return 0;
}

int call_read_credentials(struct call_context *context, json_object *credentials,
    struct http_client_certificate *ret, X509 **ret_certificate)
{
    _cleanup_x509_stack_ STACK_OF(X509) *certificates = NULL;
    _cleanup_private_key_ struct private_key *key = NULL;
    struct http_client_certificate client = {
        .certificate = json_get_string(credentials, "certificate"),
        .private_key = json_get_string(credentials, "privateKey"),
    };

    int r = certificates_load(client.certificate, &certificates);
    if (r == -EINVAL)
        return refuse_saved(context, "certificate can't be read");
    if (r >= 0)
        r = call_load_key(context, client.private_key, &key);
    if (r < 0)
        return r;
    if (X509_check_private_key(sk_X509_value(certificates, 0), private_key_handle(key)) != 1)
        return refuse_saved(context, "private key is not that of its certificate");
    *ret = client;
    if (ret_certificate)
        *ret_certificate = sk_X509_shift(certificates);
    return 0;
}

/* The same for the calls of the regional server. */
static int read_credentials(
    struct call_context *context, json_object *in, struct http_client_certificate *ret)
{
    return call_read_credentials(context, json_get_object(in, "credentials"), ret, NULL);
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

static int get_context_status(struct call_context *context, json_object *in, json_object **ret)
{
    struct http_client_certificate certificate;
    int r = read_credentials(context, in, &certificate);

    return r < 0 ? r : sse_get_status(context, json_get_string(in, "url"), &certificate, ret);
}

static int refresh(struct call_context *context, json_object *in, json_object **ret)
{
    struct http_client_certificate certificate;
    int r = read_credentials(context, in, &certificate);

    return r < 0 ? r
                 : sse_refresh(
                       context, json_get_string(in, "url"), &certificate, json_get_object(in, "client"), ret);
}

static int delete_context(struct call_context *context, json_object *in, json_object **ret)
{
    struct http_client_certificate certificate;
    int r = read_credentials(context, in, &certificate);

    return r < 0 ? r : sse_delete_context(context, json_get_string(in, "url"), &certificate, ret);
}

int call_get_context_status(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    return call_run(userdata, call, get_context_status, ret_reply);
}

int call_refresh(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    return call_run(userdata, call, refresh, ret_reply);
}

int call_delete_context(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    return call_run(userdata, call, delete_context, ret_reply);
}
