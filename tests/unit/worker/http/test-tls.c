/* Handshakes in memory, recorded by the callback of tls_prepare(). */
#include "worker/http/tls.h"

#include "unit/helpers/tls-server.h"

static EVP_PKEY *ca_key, *server_key;
static X509 *ca, *server;
static char path[TEMPORARY_SIZE];

static X509 *make_server(const char *alternative)
{
    const struct recipe recipe = { .subject = "server",
        .key = server_key,
        .issuer = ca,
        .signer = ca_key,
        .from = -60,
        .to = 3600,
        .basic = "critical,CA:FALSE",
        .extended = "serverAuth",
        .alternative = alternative };

    return make_certificate(&recipe);
}

static int set_up(void **state)
{
    (void)state;
    ca_key = make_key();
    server_key = make_key();
    const struct recipe ca_recipe = CA_RECIPE("test CA", ca_key);
    ca = make_certificate(&ca_recipe);
    server = make_server("DNS:server.example");
    FILE *file = fdopen(mkstemp(temporary_template(path, "test-tls")), "w");
    if (!file || !PEM_write_X509(file, ca))
        return -1;
    return fclose(file);
}

static int tear_down(void **state)
{
    (void)state;
    X509_free(ca);
    X509_free(server);
    EVP_PKEY_free(ca_key);
    EVP_PKEY_free(server_key);
    return unlink(path);
}

static bool trusted_by_bundle;

/* Shakes hands in turn until neither side can go on. True if the client is done. */
static bool shake_hands(SSL_CTX *client_context)
{
    SSL_CTX *server_context = SSL_CTX_new(TLS_server_method());
    BIO *ends[2];

    assert_true(SSL_CTX_use_certificate(server_context, server));
    assert_true(SSL_CTX_use_PrivateKey(server_context, server_key));
    assert_true(BIO_new_bio_pair(&ends[0], 0, &ends[1], 0));
    SSL *client = SSL_new(client_context), *peer = SSL_new(server_context);
    SSL_set_bio(client, ends[0], ends[0]);
    SSL_set_bio(peer, ends[1], ends[1]);
    int done = 0;
    for (int turn = 0; turn < 10 && done != 1; turn++) {
        done = SSL_connect(client);
        SSL_accept(peer);
    }
    if (done == 1)
        trusted_by_bundle = tls_is_trusted_by(client, "/etc/ssl/certs/ca-certificates.crt") ||
                            !tls_is_trusted_by(client, path) || tls_is_trusted_by(client, "/no/such/file");
    SSL_free(client);
    SSL_free(peer);
    SSL_CTX_free(server_context);
    ERR_clear_error();
    return done == 1;
}

static SSL_CTX *new_client(void)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());

    assert_non_null(context);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    return context;
}

/* The second file of anchors is added to those that the context has. */
static void test_extra_file(void **state)
{
    struct tls_peer peer = { .extra_ca_file = path };
    SSL_CTX *context = new_client();

    (void)state;
    assert_int_equal(tls_prepare(NULL, context, &peer), CURLE_OK);
    assert_true(peer.begun);
    assert_true(shake_hands(context));
    assert_false(trusted_by_bundle);
    assert_false(peer.failed);
    assert_int_equal(SSL_CTX_get_security_level(context), 2);
    assert_int_equal(peer.error, X509_V_OK);
    assert_string_equal(peer.version, "TLSv1.3");
    assert_int_equal(X509_cmp(peer.leaf, server), 0);
    assert_null(peer.culprit);
    assert_true(SSL_CTX_get_options(context) & SSL_OP_CLEANSE_PLAINTEXT);
    assert_true(SSL_CTX_get_mode(context) & SSL_MODE_NO_AUTO_CHAIN);

    tls_peer_forget(&peer);
    assert_null(peer.leaf);
    assert_null(peer.version);
    assert_false(peer.begun);
    SSL_CTX_free(context);
}

/* The record does not change a failed verification, and names the certificate that failed. */
static void test_untrusted(void **state)
{
    struct tls_peer peer = { 0 };
    SSL_CTX *context = new_client();

    (void)state;
    assert_int_equal(tls_prepare(NULL, context, &peer), CURLE_OK);
    assert_false(shake_hands(context));
    assert_true(peer.failed);
    assert_int_equal(peer.error, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
    assert_int_equal(X509_cmp(peer.leaf, server), 0);
    assert_int_equal(X509_cmp(peer.culprit, server), 0);
    tls_peer_forget(&peer);
    assert_null(peer.culprit);
    assert_false(peer.failed);
    assert_int_equal(peer.error, X509_V_OK);
    SSL_CTX_free(context);
}

/* The common name is no name of a host, nor is any other kind of name. */
static void test_names(void **state)
{
    static const struct {
        const char *alternative;
        bool taken;
    } cases[] = {
        { "DNS:server", true },
        { "IP:127.0.0.1", true },
        { "email:a@server.example,DNS:server.example", true },
        { NULL, false },
        { "email:a@server.example", false },
        { "URI:https://server.example/", false },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        struct tls_peer peer = { .extra_ca_file = path };
        SSL_CTX *context = new_client();
        X509 *usual = server;

        server = make_server(cases[i].alternative);
        assert_int_equal(tls_prepare(NULL, context, &peer), CURLE_OK);
        assert_int_equal(shake_hands(context), cases[i].taken);
        assert_int_equal(peer.failed, !cases[i].taken);
        assert_int_equal(peer.error, cases[i].taken ? X509_V_OK : X509_V_ERR_HOSTNAME_MISMATCH);
        tls_peer_forget(&peer);
        SSL_CTX_free(context);
        X509_free(server);
        server = usual;
    }
}

/* With TLS 1.2 no key exchange but that with a key of its own. */
static void test_ciphers(void **state)
{
    struct tls_peer peer = { .extra_ca_file = path };
    SSL_CTX *context = new_client();

    (void)state;
    assert_int_equal(tls_prepare(NULL, context, &peer), CURLE_OK);
    STACK_OF(SSL_CIPHER) *ciphers = SSL_CTX_get_ciphers(context);
    assert_true(sk_SSL_CIPHER_num(ciphers) > 8);
    for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); i++) {
        int exchange = SSL_CIPHER_get_kx_nid(sk_SSL_CIPHER_value(ciphers, i));

        assert_true(exchange == NID_kx_ecdhe || exchange == NID_kx_dhe || exchange == NID_kx_any);
        assert_true(SSL_CIPHER_get_auth_nid(sk_SSL_CIPHER_value(ciphers, i)) != NID_auth_null);
    }
    tls_peer_forget(&peer);
    SSL_CTX_free(context);
}

static void test_bad_file(void **state)
{
    struct tls_peer peer = { .extra_ca_file = "/no/such/file" };
    SSL_CTX *context = new_client();

    (void)state;
    assert_int_equal(tls_prepare(NULL, context, &peer), CURLE_SSL_CACERT_BADFILE);
    ERR_clear_error();
    SSL_CTX_free(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_extra_file),
        cmocka_unit_test(test_untrusted),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_ciphers),
        cmocka_unit_test(test_bad_file),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
