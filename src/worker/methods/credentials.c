#include "worker/methods/credentials.h"

#include "worker/x509/pkcs7.h"

#include <errno.h>

static int refuse_saved(struct call_context *context, const char *what)
{
    ERR_clear_error();
    return failure_set(&context->failure, REASON_CERTIFICATE_UNUSABLE,
        "The appliance's %s: the saved state is damaged. Deregister with --local-only and register with a "
        "new token.",
        what);
}

/* A damaged EC key may still load, with halves that don't belong together. An RSA key takes long to check, and OpenSSL
 * verifies each of its signatures. */
static bool is_sound(EVP_PKEY *pkey)
{
    if (EVP_PKEY_get_base_id(pkey) != EVP_PKEY_EC)
        return true;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
    bool sound = ctx && EVP_PKEY_pairwise_check(ctx) == 1;

    EVP_PKEY_CTX_free(ctx);
    return sound;
}

int credentials_load_key(struct call_context *context, const char *pem, struct private_key **ret)
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

int credentials_read(struct call_context *context, json_object *credentials,
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
        r = credentials_load_key(context, client.private_key, &key);
    if (r < 0)
        return r;
    if (X509_check_private_key(sk_X509_value(certificates, 0), private_key_handle(key)) != 1)
        return refuse_saved(context, "private key is not that of its certificate");
    *ret = client;
    if (ret_certificate)
        *ret_certificate = sk_X509_shift(certificates);
    return 0;
}
