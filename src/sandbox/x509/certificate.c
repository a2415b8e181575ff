#include "sandbox/x509/certificate.h"

#include "common/memory.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <string.h>

static int map_error(int r)
{
    if (r >= 0)
        return 0;
    return r == GNUTLS_E_MEMORY_ERROR ? -ENOMEM : -EIO;
}

static void certificate_p(gnutls_x509_crt_t *certificate)
{
    if (*certificate)
        gnutls_x509_crt_deinit(*certificate);
}

int certificate_make_key(gnutls_x509_privkey_t *ret)
{
    gnutls_x509_privkey_t key;
    int r;

    r = gnutls_x509_privkey_init(&key);
    if (r < 0)
        return map_error(r);
    r = gnutls_x509_privkey_generate(
        key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
    if (r < 0) {
        gnutls_x509_privkey_deinit(key);
        return map_error(r);
    }
    *ret = key;
    return 0;
}

int certificate_make_public_key(gnutls_x509_privkey_t key, gnutls_pubkey_t *ret)
{
    gnutls_privkey_t private = NULL;
    gnutls_pubkey_t public = NULL;
    int r;

    r = gnutls_privkey_init(&private);
    if (r >= 0)
        r = gnutls_pubkey_init(&public);
    if (r >= 0)
        r = gnutls_privkey_import_x509(private, key, 0);
    if (r >= 0)
        r = gnutls_pubkey_import_privkey(public, private, 0, 0);
    if (private)
        gnutls_privkey_deinit(private);
    if (r < 0) {
        if (public)
            gnutls_pubkey_deinit(public);
        return map_error(r);
    }
    *ret = public;
    return 0;
}

static int set_serial(gnutls_x509_crt_t certificate)
{
    unsigned char serial[SERIAL_SIZE];
    int r;

    r = gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof(serial));
    if (r < 0)
        return r;
    /* positive and without a leading zero byte, which DER would drop: its text always has the same length */
    serial[0] = (serial[0] & 0x3f) | 0x40;
    return gnutls_x509_crt_set_serial(certificate, serial, sizeof(serial));
}

static int set_authority_usage(gnutls_x509_crt_t certificate, int path_length)
{
    int r;

    r = gnutls_x509_crt_set_basic_constraints(certificate, 1, path_length);
    if (r < 0)
        return r;
    return gnutls_x509_crt_set_key_usage(certificate, GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN);
}

static int set_leaf_usage(
    gnutls_x509_crt_t certificate, const struct certificate_profile *profile, const char *purpose)
{
    int r;

    r = gnutls_x509_crt_set_basic_constraints(certificate, 0, -1);
    if (r < 0 || profile->no_usage)
        return r;
    r = gnutls_x509_crt_set_key_usage(certificate, GNUTLS_KEY_DIGITAL_SIGNATURE);
    if (r < 0)
        return r;
    return gnutls_x509_crt_set_key_purpose_oid(certificate, profile->purpose ? profile->purpose : purpose, 0);
}

static int set_usage(gnutls_x509_crt_t certificate, const struct certificate_profile *profile)
{
    int r;

    switch (profile->kind) {
    case CERTIFICATE_ROOT:
        /* no limit: a link between two roots makes a path longer by one certificate */
        return set_authority_usage(certificate, -1);
    case CERTIFICATE_ISSUING:
        /* one more issuing CA below it, for the fault of two levels */
        return set_authority_usage(certificate, 1);
    case CERTIFICATE_DEVICE:
        return set_leaf_usage(certificate, profile, GNUTLS_KP_TLS_WWW_CLIENT);
    case CERTIFICATE_SERVER:
        r = gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_DNSNAME, profile->common_name,
            (unsigned)strlen(profile->common_name), GNUTLS_FSAN_SET);
        return r < 0 ? r : set_leaf_usage(certificate, profile, GNUTLS_KP_TLS_WWW_SERVER);
    }
    return GNUTLS_E_INVALID_REQUEST;
}

static int set_key_ids(gnutls_x509_crt_t certificate, gnutls_x509_crt_t issuer)
{
    unsigned char id[64];
    size_t size = sizeof(id);
    int r;

    r = gnutls_x509_crt_get_key_id(certificate, GNUTLS_KEYID_USE_SHA1, id, &size);
    if (r >= 0)
        r = gnutls_x509_crt_set_subject_key_id(certificate, id, size);
    size = sizeof(id);
    if (r >= 0)
        r = gnutls_x509_crt_get_key_id(issuer, GNUTLS_KEYID_USE_SHA1, id, &size);
    if (r >= 0)
        r = gnutls_x509_crt_set_authority_key_id(certificate, id, size);
    return r;
}

static int set_name(gnutls_x509_crt_t certificate, const char *oid, const char *text)
{
    return gnutls_x509_crt_set_dn_by_oid(certificate, oid, 0, text, (unsigned)strlen(text));
}

static int set_subject(gnutls_x509_crt_t certificate, const struct certificate_profile *profile)
{
    char uri[128];
    int r = 0;

    if (profile->renamed)
        r = set_name(certificate, GNUTLS_OID_X520_ORGANIZATION_NAME, "Ger\xc3\xa4te & Co.");
    if (r >= 0)
        r = set_name(certificate, GNUTLS_OID_X520_COMMON_NAME, profile->common_name);
    if (r < 0 || !profile->renamed)
        return r;
    snprintf(uri, sizeof(uri), "urn:uuid:%s", profile->common_name);
    r = gnutls_x509_crt_set_subject_alt_name(
        certificate, GNUTLS_SAN_URI, uri, (unsigned)strlen(uri), GNUTLS_FSAN_SET);
    if (r < 0)
        return r;
    return gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_DNSNAME, "device.example.org",
        (unsigned)strlen("device.example.org"), GNUTLS_FSAN_APPEND);
}

/* Exports and imports the certificate: GnuTLS finds issuers by their encoded names, which only an import sets. */
static int import_made(gnutls_x509_crt_t made, gnutls_x509_crt_t *ret)
{
    gnutls_datum_t der = { NULL, 0 };
    gnutls_x509_crt_t certificate = NULL;
    int r;

    r = gnutls_x509_crt_export2(made, GNUTLS_X509_FMT_DER, &der);
    if (r >= 0)
        r = gnutls_x509_crt_init(&certificate);
    if (r >= 0)
        r = gnutls_x509_crt_import(certificate, &der, GNUTLS_X509_FMT_DER);
    gnutls_free(der.data);
    if (r < 0) {
        certificate_p(&certificate);
        return r;
    }
    *ret = certificate;
    return 0;
}

int certificate_make(
    const struct certificate_profile *profile, const struct authority *issuer, gnutls_x509_crt_t *ret)
{
    _cleanup_(certificate_p) gnutls_x509_crt_t certificate = NULL;
    gnutls_x509_crt_t signer;
    int r;

    r = gnutls_x509_crt_init(&certificate);
    if (r < 0)
        return map_error(r);
    signer = issuer->certificate ? issuer->certificate : certificate;
    r = gnutls_x509_crt_set_version(certificate, 3);
    if (r >= 0)
        r = gnutls_x509_crt_set_pubkey(certificate, profile->key);
    if (r >= 0)
        r = set_subject(certificate, profile);
    if (r >= 0)
        r = set_serial(certificate);
    if (r >= 0)
        r = gnutls_x509_crt_set_activation_time(certificate, profile->not_before);
    if (r >= 0)
        r = gnutls_x509_crt_set_expiration_time(certificate, profile->not_after);
    if (r >= 0)
        r = set_usage(certificate, profile);
    if (r >= 0)
        r = set_key_ids(certificate, profile->key_id_of ? profile->key_id_of : signer);
    if (r >= 0)
        r = gnutls_x509_crt_sign2(
            certificate, signer, issuer->key, profile->digest ? profile->digest : GNUTLS_DIG_SHA256, 0);
    if (r >= 0)
        r = import_made(certificate, ret);
    return map_error(r);
}

int certificate_read_serial(gnutls_x509_crt_t certificate, char *text)
{
    unsigned char serial[SERIAL_SIZE + 8];
    size_t size = sizeof(serial), text_size = SERIAL_HEX_LENGTH + 1;

    if (gnutls_x509_crt_get_serial(certificate, serial, &size) < 0 || size > SERIAL_HEX_LENGTH / 2)
        return -EBADMSG;
    return gnutls_hex_encode(&(gnutls_datum_t){ serial, (unsigned)size }, text, &text_size) < 0 ? -EBADMSG
                                                                                                : 0;
}

int certificate_read_common_name(gnutls_x509_crt_t certificate, char *text, size_t size)
{
    if (gnutls_x509_crt_get_dn_by_oid(certificate, GNUTLS_OID_X520_COMMON_NAME, 0, 0, text, &size) < 0)
        return -EBADMSG;
    return 0;
}

void authority_done(struct authority *authority)
{
    if (authority->certificate)
        gnutls_x509_crt_deinit(authority->certificate);
    if (authority->key)
        gnutls_x509_privkey_deinit(authority->key);
    *authority = (struct authority){ NULL, NULL };
}
