#include "worker/http/tls.h"

#include <openssl/ssl.h>

/* The place of the struct tls_peer in an SSL_CTX. */
static int peer_index = -1;

static void keep_reference(X509 **place, X509 *certificate)
{
    if (*place || !certificate || !X509_up_ref(certificate))
        return;
    *place = certificate;
}

static int record_verification(int preverified, X509_STORE_CTX *store_context)
{
    SSL *ssl = X509_STORE_CTX_get_ex_data(store_context, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct tls_peer *peer = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), peer_index);

    peer->version = SSL_get_version(ssl);
    keep_reference(&peer->leaf, X509_STORE_CTX_get0_cert(store_context));
    if (!preverified && !peer->failed) {
        peer->failed = true;
        peer->error = X509_STORE_CTX_get_error(store_context);
        keep_reference(&peer->culprit, X509_STORE_CTX_get_current_cert(store_context));
    }
    return preverified;
}

static void record_alert(const SSL *ssl, int where, int value)
{
    if (where & SSL_CB_READ && where & SSL_CB_ALERT) {
        struct tls_peer *peer = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), peer_index);

        peer->alert = value & 0xff;
    }
}

bool tls_alert_refuses_client(int alert)
{
    static const int alerts[] = { SSL_AD_BAD_CERTIFICATE, SSL_AD_UNSUPPORTED_CERTIFICATE,
        SSL_AD_CERTIFICATE_REVOKED, SSL_AD_CERTIFICATE_EXPIRED, SSL_AD_CERTIFICATE_UNKNOWN, SSL_AD_UNKNOWN_CA,
        SSL_AD_ACCESS_DENIED, TLS13_AD_CERTIFICATE_REQUIRED };

    for (size_t i = 0; i < sizeof(alerts) / sizeof(alerts[0]); i++)
        if (alerts[i] == alert)
            return true;
    return false;
}

CURLcode tls_prepare(CURL *easy, void *context, void *userdata)
{
    struct tls_peer *peer = userdata;
    SSL_CTX *ctx = context;

    (void)easy;
    if (peer_index < 0)
        peer_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
    if (peer_index < 0 || !SSL_CTX_set_ex_data(ctx, peer_index, peer))
        return CURLE_OUT_OF_MEMORY;

    peer->begun = true;
    SSL_CTX_set_info_callback(ctx, record_alert);
    SSL_CTX_set_verify(ctx, SSL_CTX_get_verify_mode(ctx), record_verification);
    /* Send the client certificate alone: some servers refuse a second one. */
    SSL_CTX_set_mode(ctx, SSL_MODE_NO_AUTO_CHAIN);
    /* Erase answers in the connection's buffer: that of the activation is a secret. */
    SSL_CTX_set_options(ctx, SSL_OP_CLEANSE_PLAINTEXT);
    /* libcurl adds the bundle to the same store and keeps it for later connections. */
    if (peer->extra_ca_file && !X509_STORE_load_file(SSL_CTX_get_cert_store(ctx), peer->extra_ca_file))
        return CURLE_SSL_CACERT_BADFILE;
    return CURLE_OK;
}

void tls_peer_forget(struct tls_peer *peer)
{
    X509_free(peer->leaf);
    X509_free(peer->culprit);
    peer->leaf = peer->culprit = NULL;
    peer->begun = false;
    peer->version = NULL;
    peer->failed = false;
    peer->alert = 0;
    peer->error = X509_V_OK;
}
