#include "sandbox/x509/authority.h"

#include "common/memory.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <string.h>

#define TLS_CA_VALIDITY (10 * 365 * 86400LL)
#define BACKDATE 86400 /* so that a client whose clock is a little behind still accepts the CA */

int authority_make(
    const char *common_name, const struct authority *issuer, int64_t validity, struct authority *ret)
{
    struct authority made = { NULL, NULL };
    struct certificate_profile profile = {
        .kind = issuer ? CERTIFICATE_ISSUING : CERTIFICATE_ROOT,
        .common_name = common_name,
        .not_before = time(NULL) - BACKDATE,
    };
    int r;

    profile.not_after = time(NULL) + validity;
    if (profile.not_after > CERTIFICATE_NO_END)
        profile.not_after = CERTIFICATE_NO_END;
    r = certificate_make_key(&made.key);
    if (r < 0)
        return r;
    r = certificate_make_public_key(made.key, &profile.key);
    if (r >= 0) {
        r = certificate_make(&profile, issuer ? issuer : &made, &made.certificate);
        gnutls_pubkey_deinit(profile.key);
    }
    if (r < 0) {
        authority_done(&made);
        return r;
    }
    *ret = made;
    return 0;
}

static int save_authority(const struct store *store, const char *name, const struct authority *authority)
{
    gnutls_datum_t pem = { NULL, 0 };
    char file[40];
    int r;

    /* the key first: if the sandbox ends in between, a key without a certificate is simply replaced */
    if (gnutls_x509_privkey_export2_pkcs8(
            authority->key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN, &pem) < 0)
        return -EIO;
    snprintf(file, sizeof(file), "%s.key", name);
    r = store_write(store, file, pem.data, pem.size);
    gnutls_free(pem.data);
    if (r < 0)
        return r;
    if (gnutls_x509_crt_export2(authority->certificate, GNUTLS_X509_FMT_PEM, &pem) < 0)
        return -EIO;
    snprintf(file, sizeof(file), "%s.pem", name);
    r = store_write(store, file, pem.data, pem.size);
    gnutls_free(pem.data);
    return r;
}

static int parse_authority(const char *certificate, const char *key, struct authority *ret)
{
    struct authority loaded = { NULL, NULL };
    gnutls_datum_t pem;
    int r;

    r = gnutls_x509_crt_init(&loaded.certificate);
    if (r >= 0)
        r = gnutls_x509_privkey_init(&loaded.key);
    if (r >= 0) {
        pem = (gnutls_datum_t){ (unsigned char *)certificate, (unsigned)strlen(certificate) };
        r = gnutls_x509_crt_import(loaded.certificate, &pem, GNUTLS_X509_FMT_PEM);
    }
    if (r >= 0) {
        pem = (gnutls_datum_t){ (unsigned char *)key, (unsigned)strlen(key) };
        r = gnutls_x509_privkey_import(loaded.key, &pem, GNUTLS_X509_FMT_PEM);
    }
    if (r < 0) {
        authority_done(&loaded);
        return -EBADMSG;
    }
    *ret = loaded;
    return 0;
}

static int load_authority(const struct store *store, const char *name, struct authority *ret)
{
    _cleanup_free_ char *certificate = NULL, *key = NULL;
    char file[40];
    int r;

    snprintf(file, sizeof(file), "%s.pem", name);
    r = store_read(store, file, &certificate, NULL);
    if (r < 0)
        return r;
    snprintf(file, sizeof(file), "%s.key", name);
    r = store_read(store, file, &key, NULL);
    if (r < 0)
        return r == -ENOENT ? -ENOKEY : r;
    return parse_authority(certificate, key, ret);
}

static int load_or_make(const struct store *store, const char *name, const char *common_name,
    const struct authority *issuer, int64_t validity, struct authority *ret)
{
    int r;

    r = load_authority(store, name, ret);
    if (r == -ENOENT) {
        r = authority_make(common_name, issuer, validity, ret);
        if (r >= 0)
            r = save_authority(store, name, ret);
    }
    if (r < 0)
        fprintf(stderr,
            "trsandbox: %s/%s.pem with its key %s.key cannot be used: %s; remove both to have new ones "
            "made\n",
            store->path, name, name, strerror(-r));
    return r;
}

static int make_trust(struct authorities *authorities)
{
    const gnutls_x509_crt_t trusted[] = { authorities->root.certificate, authorities->issuing.certificate,
        authorities->second_issuing.certificate, authorities->new_root.certificate,
        authorities->new_issuing.certificate };

    if (gnutls_x509_trust_list_init(&authorities->devices, 0) < 0)
        return -ENOMEM;
    /* the issuing CAs are also anchors because devices send their own certificate alone */
    if (gnutls_x509_trust_list_add_cas(authorities->devices, trusted, ELEMENTS(trusted), 0) !=
        ELEMENTS(trusted))
        return -EIO;
    return 0;
}

int authorities_load(const struct store *store, int64_t validity, struct authorities *ret)
{
    struct authorities loaded = { 0 };
    int r;

    r = load_or_make(store, "tls-ca", "Sandbox TLS CA", NULL, TLS_CA_VALIDITY, &loaded.tls);
    if (r >= 0)
        r = load_or_make(store, "est-root", DEVICE_ROOT_NAME, NULL, validity, &loaded.root);
    if (r >= 0)
        r = load_or_make(store, "est-issuing", DEVICE_ISSUING_NAME, &loaded.root, validity, &loaded.issuing);
    if (r >= 0)
        r = load_or_make(store, "est-second-issuing", DEVICE_SECOND_ISSUING_NAME, &loaded.issuing, validity,
            &loaded.second_issuing);
    if (r >= 0)
        r = load_or_make(store, "est-new-root", DEVICE_ROOT_NAME, NULL, validity, &loaded.new_root);
    if (r >= 0)
        r = load_or_make(
            store, "est-new-issuing", DEVICE_ISSUING_NAME, &loaded.new_root, validity, &loaded.new_issuing);
    if (r >= 0)
        r = make_trust(&loaded);
    if (r < 0) {
        authorities_done(&loaded);
        return r;
    }
    *ret = loaded;
    return 0;
}

int authorities_trust_foreign(struct authorities *authorities, const char *file)
{
    if (gnutls_x509_trust_list_init(&authorities->foreign, 0) < 0)
        return -ENOMEM;
    return gnutls_x509_trust_list_add_trust_file(
               authorities->foreign, file, NULL, GNUTLS_X509_FMT_PEM, 0, 0) > 0
               ? 0
               : -EBADMSG;
}

void authorities_done(struct authorities *authorities)
{
    if (authorities->foreign)
        gnutls_x509_trust_list_deinit(authorities->foreign, 1);
    /* the certificates in the list belong to the authorities */
    if (authorities->devices)
        gnutls_x509_trust_list_deinit(authorities->devices, 0);
    authority_done(&authorities->tls);
    authority_done(&authorities->root);
    authority_done(&authorities->issuing);
    authority_done(&authorities->second_issuing);
    authority_done(&authorities->new_root);
    authority_done(&authorities->new_issuing);
    authorities->devices = authorities->foreign = NULL;
}
