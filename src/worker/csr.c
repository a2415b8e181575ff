#include "csr.h"

#include <errno.h>

static void request_freep(X509_REQ **request)
{
    X509_REQ_free(*request);
}

static void name_freep(X509_NAME **name)
{
    X509_NAME_free(*name);
}

static void extensions_freep(STACK_OF(X509_EXTENSION) * *extensions)
{
    /* The extensions are the certificate's. */
    sk_X509_EXTENSION_free(*extensions);
}

static const EVP_MD *digest_for(EVP_PKEY *pkey)
{
    char group[32] = "";

    EVP_PKEY_get_group_name(pkey, group, sizeof(group), NULL);
    return streq(group, "secp384r1") ? EVP_sha384() : EVP_sha256();
}

static int add_alternative_name(X509_REQ *request, X509 *current)
{
    _cleanup_(extensions_freep) STACK_OF(X509_EXTENSION) *extensions = NULL;
    int position = X509_get_ext_by_NID(current, NID_subject_alt_name, -1);

    if (position < 0)
        return 0;
    extensions = sk_X509_EXTENSION_new_null();
    if (!extensions || !sk_X509_EXTENSION_push(extensions, X509_get_ext(current, position)) ||
        !X509_REQ_add_extensions(request, extensions))
        return -EIO;
    return 0;
}

static int make(const struct private_key *key, const X509_NAME *subject, X509 *current,
    unsigned char **ret_der, size_t *ret_size)
{
    _cleanup_(request_freep) X509_REQ *request = X509_REQ_new();
    EVP_PKEY *pkey = private_key_handle(key);
    unsigned char *der = NULL;

    if (!request || !X509_REQ_set_version(request, X509_REQ_VERSION_1) ||
        !X509_REQ_set_subject_name(request, subject) || !X509_REQ_set_pubkey(request, pkey))
        return -EIO;
    if (current && add_alternative_name(request, current) < 0)
        return -EIO;
    if (!X509_REQ_sign(request, pkey, digest_for(pkey)))
        return -EIO;

    int size = i2d_X509_REQ(request, &der);
    if (size <= 0)
        return -EIO;
    *ret_der = der;
    *ret_size = (size_t)size;
    return 0;
}

int csr_for_name(
    const struct private_key *key, const char *common_name, unsigned char **ret_der, size_t *ret_size)
{
    _cleanup_(name_freep) X509_NAME *name = X509_NAME_new();

    if (!name)
        return -EIO;
    if (!X509_NAME_add_entry_by_NID(
            name, NID_commonName, MBSTRING_UTF8, (const unsigned char *)common_name, -1, -1, 0)) {
        ERR_clear_error();
        return -EINVAL;
    }
    return make(key, name, NULL, ret_der, ret_size);
}

int csr_for_renewal(const struct private_key *key, X509 *current, unsigned char **ret_der, size_t *ret_size)
{
    return make(key, X509_get_subject_name(current), current, ret_der, ret_size);
}
