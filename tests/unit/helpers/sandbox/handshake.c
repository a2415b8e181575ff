#include "unit/helpers/sandbox/handshake.h"

#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* Gives the server a certificate that the client doesn't look at. */
static void set_identity(struct handshake *h)
{
    struct certificate_profile profile = { .kind = CERTIFICATE_SERVER, .common_name = "server" };
    struct authority self = { NULL, NULL };

    profile.not_after = time(NULL) + 3600;
    assert_int_equal(certificate_make_key(&self.key), 0);
    assert_int_equal(certificate_make_public_key(self.key, &profile.key), 0);
    assert_int_equal(certificate_make(&profile, &self, &self.certificate), 0);
    assert_true(gnutls_certificate_set_x509_key(h->server_credentials, &self.certificate, 1, self.key) >= 0);
    gnutls_pubkey_deinit(profile.key);
    authority_done(&self);
}

void handshake_prepare(
    struct handshake *h, const struct chain *chain, gnutls_x509_privkey_t key, const char *host)
{
    gnutls_x509_crt_t certificates[16];

    *h = (struct handshake){ .server = NULL };
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, h->fds), 0);
    assert_int_equal(gnutls_certificate_allocate_credentials(&h->server_credentials), 0);
    assert_int_equal(gnutls_certificate_allocate_credentials(&h->client_credentials), 0);
    set_identity(h);
    for (size_t i = 0; chain && i < chain->n; i++) {
        assert_int_equal(gnutls_x509_crt_init(&certificates[i]), 0);
        assert_int_equal(
            gnutls_x509_crt_import(certificates[i], &chain->certificates[i], GNUTLS_X509_FMT_DER), 0);
    }
    if (chain) {
        assert_true(
            gnutls_certificate_set_x509_key(h->client_credentials, certificates, (int)chain->n, key) >= 0);
        for (size_t i = 0; i < chain->n; i++)
            gnutls_x509_crt_deinit(certificates[i]);
    }
    assert_int_equal(gnutls_init(&h->server, GNUTLS_SERVER | GNUTLS_NONBLOCK), 0);
    assert_int_equal(gnutls_init(&h->client, GNUTLS_CLIENT | GNUTLS_NONBLOCK), 0);
    assert_int_equal(gnutls_set_default_priority(h->server), 0);
    assert_int_equal(gnutls_set_default_priority(h->client), 0);
    gnutls_credentials_set(h->server, GNUTLS_CRD_CERTIFICATE, h->server_credentials);
    gnutls_credentials_set(h->client, GNUTLS_CRD_CERTIFICATE, h->client_credentials);
    gnutls_certificate_server_set_request(h->server, GNUTLS_CERT_REQUEST);
    if (host)
        assert_int_equal(gnutls_server_name_set(h->client, GNUTLS_NAME_DNS, host, strlen(host)), 0);
    gnutls_transport_set_int(h->server, h->fds[0]);
    gnutls_transport_set_int(h->client, h->fds[1]);
}

void handshake_run(struct handshake *h)
{
    h->server_result = h->client_result = GNUTLS_E_AGAIN;
    for (int i = 0; i < 100 && (h->server_result == GNUTLS_E_AGAIN || h->client_result == GNUTLS_E_AGAIN);
         i++) {
        if (h->client_result == GNUTLS_E_AGAIN)
            h->client_result = gnutls_handshake(h->client);
        if (h->server_result == GNUTLS_E_AGAIN)
            h->server_result = gnutls_handshake(h->server);
        if (h->server_result < 0 && h->server_result != GNUTLS_E_AGAIN)
            break;
    }
}

void handshake_end(struct handshake *h)
{
    gnutls_deinit(h->server);
    gnutls_deinit(h->client);
    gnutls_certificate_free_credentials(h->server_credentials);
    gnutls_certificate_free_credentials(h->client_credentials);
    close(h->fds[0]);
    close(h->fds[1]);
}

void handshake_as_device(struct handshake *h, const struct authorities *authorities, const char *common_name,
    char serial[SERIAL_HEX_LENGTH + 1])
{
    const struct certificate_profile profile = {
        .kind = CERTIFICATE_DEVICE,
        .common_name = common_name,
        .not_before = time(NULL) - 3600,
        .not_after = time(NULL) + 3600,
    };
    _cleanup_(chain_done) struct chain chain = { .n = 0 };
    gnutls_x509_crt_t certificate;
    gnutls_x509_privkey_t key;

    assert_int_equal(certificate_make_key(&key), 0);
    assert_int_equal(chain_add_made(&chain, &profile, key, &authorities->issuing), 0);
    assert_int_equal(gnutls_x509_crt_init(&certificate), 0);
    assert_int_equal(gnutls_x509_crt_import(certificate, &chain.certificates[0], GNUTLS_X509_FMT_DER), 0);
    assert_int_equal(certificate_read_serial(certificate, serial), 0);
    gnutls_x509_crt_deinit(certificate);
    handshake_prepare(h, &chain, key, NULL);
    gnutls_x509_privkey_deinit(key);
    handshake_run(h);
    assert_int_equal(h->server_result, 0);
}
