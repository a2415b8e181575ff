#include "sandbox/web/tls.h"

#include "common/memory.h"

#include <errno.h>
#include <time.h>

#define VALIDITY (365 * 86400)
#define BACKDATE 3600
#define VARIANTS (TLS_WRONG_NAME + 1)
#define WRONG_NAME "www.example.org"

struct identities {
    gnutls_privkey_t key;
    gnutls_pcert_st certificates[HOSTS][VARIANTS];
};

static int make_identity(
    const struct authority *ca, gnutls_pubkey_t key, const char *name, bool expired, gnutls_pcert_st *ret)
{
    time_t now = time(NULL);
    struct certificate_profile profile = {
        .kind = CERTIFICATE_SERVER,
        .common_name = name,
        .key = key,
        .not_before = now - BACKDATE,
        .not_after = expired ? now - 3600 : now + VALIDITY,
    };
    gnutls_x509_crt_t certificate;
    int r;

    /* an expired certificate that began before its CA would be refused for that instead */
    if (expired)
        profile.not_before = now - 7200;
    r = certificate_make(&profile, ca, &certificate);
    if (r < 0)
        return r;
    r = gnutls_pcert_import_x509(ret, certificate, 0) < 0 ? -EIO : 0;
    gnutls_x509_crt_deinit(certificate);
    return r;
}

static int make_identities(struct identities *identities, const struct authority *tls_ca,
    const struct authority *foreign_ca, gnutls_pubkey_t key)
{
    for (size_t i = 0; i < HOSTS; i++) {
        gnutls_pcert_st *row = identities->certificates[i];
        int r;

        r = make_identity(tls_ca, key, cloud_hosts[i].name, false, &row[TLS_GOOD]);
        if (r >= 0)
            r = make_identity(tls_ca, key, cloud_hosts[i].name, true, &row[TLS_EXPIRED]);
        if (r >= 0)
            r = make_identity(foreign_ca, key, cloud_hosts[i].name, false, &row[TLS_FOREIGN]);
        if (r >= 0)
            r = make_identity(tls_ca, key, WRONG_NAME, false, &row[TLS_WRONG_NAME]);
        if (r < 0)
            return r;
    }
    return 0;
}

int identities_new(const struct authority *tls_ca, struct identities **ret)
{
    struct authority foreign = { NULL, NULL };
    gnutls_x509_privkey_t key = NULL;
    gnutls_pubkey_t public = NULL;
    struct identities *identities;
    int r;

    identities = calloc(1, sizeof(*identities));
    if (!identities)
        return -ENOMEM;
    r = gnutls_privkey_init(&identities->key) < 0 ? -ENOMEM : 0;
    if (r >= 0)
        r = certificate_make_key(&key);
    if (r >= 0)
        r = certificate_make_public_key(key, &public);
    if (r >= 0 && gnutls_privkey_import_x509(identities->key, key, GNUTLS_PRIVKEY_IMPORT_COPY) < 0)
        r = -EIO;
    if (r >= 0)
        r = authority_make("Foreign CA", NULL, VALIDITY, &foreign);
    if (r >= 0)
        r = make_identities(identities, tls_ca, &foreign, public);
    authority_done(&foreign);
    if (public)
        gnutls_pubkey_deinit(public);
    if (key)
        gnutls_x509_privkey_deinit(key);
    if (r < 0) {
        identities_free(identities);
        return r;
    }
    *ret = identities;
    return 0;
}

void identities_free(struct identities *identities)
{
    if (!identities)
        return;
    for (size_t i = 0; i < HOSTS; i++)
        for (size_t j = 0; j < VARIANTS; j++)
            if (identities->certificates[i][j].pubkey)
                gnutls_pcert_deinit(&identities->certificates[i][j]);
    if (identities->key)
        gnutls_privkey_deinit(identities->key);
    free(identities);
}

void identities_get(struct identities *identities, const struct host *host, enum tls_variant variant,
    gnutls_pcert_st **ret_certificate, gnutls_privkey_t *ret_key)
{
    *ret_certificate = &identities->certificates[host - cloud_hosts][variant];
    *ret_key = identities->key;
}

const struct host *tls_find_host(gnutls_session_t session)
{
    char name[256];
    size_t size = sizeof(name);
    unsigned type = 0;
    const struct host *host = NULL;

    if (gnutls_server_name_get(session, name, &size, &type, 0) >= 0 && type == GNUTLS_NAME_DNS)
        host = host_find(name);
    return host ? host : host_find(EST_HOST);
}

static int refuse_chain(gnutls_session_t session)
{
    unsigned n = 0;

    (void)gnutls_certificate_get_peers(session, &n);
    return n > 1 ? GNUTLS_E_CERTIFICATE_ERROR : 0;
}

/* Accepts a client without a certificate: it has none before it is enrolled. */
static int refuse_single(gnutls_session_t session)
{
    unsigned n = 0;

    (void)gnutls_certificate_get_peers(session, &n);
    return n == 1 ? GNUTLS_E_CERTIFICATE_ERROR : 0;
}

static int refuse_short_chain(gnutls_session_t session)
{
    unsigned n = 0;

    (void)gnutls_certificate_get_peers(session, &n);
    return n == 1 || n == 2 ? GNUTLS_E_CERTIFICATE_ERROR : 0;
}

void tls_set_client_rule(gnutls_session_t session, enum client_rule rule)
{
    switch (rule) {
    case CLIENT_ANY:
        break;
    case CLIENT_SINGLE:
        gnutls_session_set_verify_function(session, refuse_chain);
        break;
    case CLIENT_CHAIN:
        gnutls_session_set_verify_function(session, refuse_single);
        break;
    case CLIENT_TWO_ISSUERS:
        gnutls_session_set_verify_function(session, refuse_short_chain);
        break;
    case CLIENT_REQUIRED:
        gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUIRE);
        break;
    }
}
