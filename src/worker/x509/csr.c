#include "worker/x509/csr.h"

#include "worker/x509/base64.h"

#include <errno.h>
#include <stdio.h>

static void name_freep(X509_NAME **name)
{
    X509_NAME_free(*name);
}

static void extensions_freep(STACK_OF(X509_EXTENSION) * *extensions)
{
    sk_X509_EXTENSION_pop_free(*extensions, X509_EXTENSION_free);
}

static const EVP_MD *digest_for(EVP_PKEY *pkey, const struct csr_attributes *attributes)
{
    char group[32] = "";

    if (attributes->digest != NID_undef)
        return EVP_get_digestbynid(attributes->digest);
    EVP_PKEY_get_group_name(pkey, group, sizeof(group), NULL);
    return streq(group, "secp384r1") ? EVP_sha384() : EVP_sha256();
}

/* Adds an extension, which it takes over. */
static int push_extension(STACK_OF(X509_EXTENSION) * extensions, X509_EXTENSION *extension)
{
    if (!extension || !sk_X509_EXTENSION_push(extensions, extension)) {
        X509_EXTENSION_free(extension);
        return -EIO;
    }
    return 0;
}

static bool is_uuid(const char *text)
{
    static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

    for (size_t i = 0; i < sizeof(shape) - 1; i++)
        if (shape[i] == '-' ? text[i] != '-' : !strchr("0123456789abcdefABCDEF", text[i]) || !text[i])
            return false;
    return text[sizeof(shape) - 1] == 0;
}

/* Adds the appliance's guid, the only other name that it has, if the common name is one. */
static int push_alternative_name(STACK_OF(X509_EXTENSION) * extensions, const char *common_name)
{
    char value[64];

    if (!common_name || !is_uuid(common_name))
        return 0;
    snprintf(value, sizeof(value), "URI:urn:uuid:%s", common_name);
    return push_extension(extensions, X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, value));
}

/* Adds the alternative name of the renewed certificate, else one of the common name if the server wants it; then the other
 * extensions that it wants. */
static int add_extensions(
    X509_REQ *request, X509 *current, const char *common_name, const struct csr_attributes *attributes)
{
    _cleanup_(extensions_freep) STACK_OF(X509_EXTENSION) *extensions = sk_X509_EXTENSION_new_null();
    int position = current ? X509_get_ext_by_NID(current, NID_subject_alt_name, -1) : -1;
    int r = 0;

    if (!extensions)
        return -EIO;
    if (position >= 0)
        r = push_extension(extensions, X509_EXTENSION_dup(X509_get_ext(current, position)));
    else if (attributes->alternative_name)
        r = push_alternative_name(extensions, common_name);
    if (r >= 0 && attributes->key_usage)
        r = push_extension(
            extensions, X509V3_EXT_conf_nid(NULL, NULL, NID_key_usage, "critical,digitalSignature"));
    if (r >= 0 && attributes->extended_key_usage)
        r = push_extension(extensions, X509V3_EXT_conf_nid(NULL, NULL, NID_ext_key_usage, "clientAuth"));
    if (r < 0 || sk_X509_EXTENSION_num(extensions) == 0)
        return r;
    return X509_REQ_add_extensions(request, extensions) ? 0 : -EIO;
}

static int make_request(const struct private_key *key, const X509_NAME *subject, X509 *current,
    const char *common_name, const struct csr_attributes *attributes, X509_REQ **ret)
{
    _cleanup_csr_ X509_REQ *request = X509_REQ_new();

    if (!request || !X509_REQ_set_version(request, X509_REQ_VERSION_1) ||
        !X509_REQ_set_subject_name(request, subject) ||
        !X509_REQ_set_pubkey(request, private_key_handle(key)))
        return -EIO;
    if (add_extensions(request, current, common_name, attributes) < 0)
        return -EIO;
    *ret = TAKE_PTR(request);
    return 0;
}

int csr_for_name(const struct private_key *key, const char *common_name,
    const struct csr_attributes *attributes, X509_REQ **ret)
{
    _cleanup_(name_freep) X509_NAME *name = X509_NAME_new();

    if (!name)
        return -EIO;
    if (!X509_NAME_add_entry_by_NID(
            name, NID_commonName, MBSTRING_UTF8, (const unsigned char *)common_name, -1, -1, 0)) {
        ERR_clear_error();
        return -EINVAL;
    }
    return make_request(key, name, NULL, common_name, attributes, ret);
}

int csr_for_renewal(
    const struct private_key *key, X509 *current, const struct csr_attributes *attributes, X509_REQ **ret)
{
    return make_request(key, X509_get_subject_name(current), current, NULL, attributes, ret);
}

int csr_set_challenge(X509_REQ *request, const char *challenge)
{
    int old = X509_REQ_get_attr_by_NID(request, NID_pkcs9_challengePassword, -1);

    if (old >= 0)
        X509_ATTRIBUTE_free(X509_REQ_delete_attr(request, old));
    return X509_REQ_add1_attr_by_NID(request, NID_pkcs9_challengePassword, V_ASN1_PRINTABLESTRING,
               (const unsigned char *)challenge, (int)strlen(challenge))
               ? 0
               : -EIO;
}

int csr_sign(X509_REQ *request, const struct private_key *key, const struct csr_attributes *attributes,
    char **ret, size_t *ret_size)
{
    _cleanup_openssl_ unsigned char *der = NULL;
    EVP_PKEY *pkey = private_key_handle(key);

    if (!X509_REQ_sign(request, pkey, digest_for(pkey, attributes)))
        return -EIO;
    int size = i2d_X509_REQ(request, &der);
    if (size <= 0)
        return -EIO;
    return base64_encode(der, (size_t)size, ret, ret_size);
}
