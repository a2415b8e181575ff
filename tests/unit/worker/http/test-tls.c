/* Handshakes in memory, recorded by the callback of tls_prepare(). */
#include "worker/http/tls.h"

#include "unit/helpers/tls-server.h"

static EVP_PKEY *ca_key, *server_key;
static X509 *ca, *server;
static char path[TEMPORARY_SIZE];

static int set_up(void **state)
{
    (void)state;
    ca_key = make_key();
    server_key = make_key();
    const struct recipe ca_recipe = CA_RECIPE("test CA", ca_key);
    ca = make_certificate(&ca_recipe);
    const struct recipe recipe = { .subject = "server",
        .key = server_key,
        .issuer = ca,
        .signer = ca_key,
        .from = -60,
        .to = 3600,
        .basic = "critical,CA:FALSE",
        .extended = "serverAuth" };
    server = make_certificate(&recipe);
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
    assert_false(peer.failed);
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
        cmocka_unit_test(test_bad_file),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
