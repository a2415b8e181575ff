#include "worker/x509/public-key.h"

enum {
    POINT_AT_INFINITY = 0, /* the first byte of a point (SEC 1, 2.3.3) */
};

static void sequence_freep(ASN1_SEQUENCE_ANY **sequence)
{
    sk_ASN1_TYPE_pop_free(*sequence, ASN1_TYPE_free);
}

static void number_freep(BIGNUM **number)
{
    BN_free(*number);
}

/* Reads a positive odd number; the caller frees. NULL if it is none. */
static BIGNUM *read_odd_number(const ASN1_TYPE *value)
{
    if (!value || ASN1_TYPE_get(value) != V_ASN1_INTEGER || value->value.integer->type == V_ASN1_NEG_INTEGER)
        return NULL;

    BIGNUM *number = ASN1_INTEGER_to_BN(value->value.integer, NULL);
    if (number && BN_is_odd(number))
        return number;
    BN_free(number);
    return NULL;
}

/* Reads the DER itself: OpenSSL takes a negative modulus for a positive one. */
static const char *find_rsa_flaw(const unsigned char *der, int size)
{
    const unsigned char *p = der;
    _cleanup_(sequence_freep) ASN1_SEQUENCE_ANY *key = d2i_ASN1_SEQUENCE_ANY(NULL, &p, size);
    _cleanup_(number_freep) BIGNUM *modulus = NULL, *exponent = NULL;

    if (!key || p != der + size || sk_ASN1_TYPE_num(key) != 2)
        return "its RSA key is malformed";
    modulus = read_odd_number(sk_ASN1_TYPE_value(key, 0));
    exponent = read_odd_number(sk_ASN1_TYPE_value(key, 1));
    if (!modulus || BN_is_one(modulus) || BN_num_bits(modulus) > RSA_MODULUS_BITS_MAX)
        return "the modulus of its RSA key is not a positive odd number, or too large";
    if (!exponent || BN_is_one(exponent) || BN_num_bits(exponent) > RSA_EXPONENT_BITS_MAX)
        return "the exponent of its RSA key is not an odd number from 3 to 64 bits";
    return NULL;
}

const char *public_key_flaw(const X509 *certificate)
{
    X509_PUBKEY *key = X509_get_X509_PUBKEY(certificate);
    ASN1_OBJECT *algorithm = NULL;
    const unsigned char *der = NULL;
    X509_ALGOR *identifier = NULL;
    int size = 0, parameters = V_ASN1_UNDEF;

    if (!key || !X509_PUBKEY_get0_param(&algorithm, &der, &size, &identifier, key))
        return "it has no public key";
    X509_ALGOR_get0(NULL, &parameters, NULL, identifier);

    const char *flaw = NULL;
    switch (OBJ_obj2nid(algorithm)) {
    case NID_X9_62_id_ecPublicKey:
        if (parameters != V_ASN1_OBJECT)
            flaw = "the curve of its key has no name but explicit parameters";
        else if (size > 0 && der[0] == POINT_AT_INFINITY)
            flaw = "its key is the point at infinity";
        break;
    case NID_rsaEncryption:
        if (parameters != V_ASN1_NULL && parameters != V_ASN1_UNDEF)
            flaw = "the algorithm of its key has parameters";
        else
            flaw = find_rsa_flaw(der, size);
        break;
    case NID_rsassaPss:
        flaw = find_rsa_flaw(der, size);
        break;
    case NID_ED25519:
    case NID_ED448:
        if (parameters != V_ASN1_UNDEF)
            flaw = "the algorithm of its key has parameters";
        break;
    }
    ERR_clear_error();
    return flaw;
}

bool public_key_is_sound(EVP_PKEY *key)
{
    int type = EVP_PKEY_get_base_id(key);
    bool is_rsa = type == EVP_PKEY_RSA || type == EVP_PKEY_RSA_PSS;

    if (!is_rsa && type != EVP_PKEY_EC)
        return true;
    if (is_rsa && EVP_PKEY_get_bits(key) > RSA_CHECK_BITS_MAX)
        return false;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    bool sound = context && EVP_PKEY_public_check(context) == 1;

    EVP_PKEY_CTX_free(context);
    ERR_clear_error();
    return sound;
}
