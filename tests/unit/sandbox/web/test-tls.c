/* The server's side of TLS: the certificates of each host, and the rules for those of clients. */
#include "sandbox/web/tls.h"

#include "unit/helpers/sandbox/fixture.h"
#include "unit/helpers/sandbox/handshake.h"

#include <time.h>

#define HOUR 3600

static struct {
    struct authority ca;
    struct identities *identities;
} world;

static int set_up(void **state)
{
    (void)state;
    if (authority_make("Test CA", NULL, HOUR, &world.ca) < 0)
        return -1;
    return identities_new(&world.ca, &world.identities);
}

static int tear_down(void **state)
{
    (void)state;
    identities_free(world.identities);
    authority_done(&world.ca);
    return 0;
}

/* Imports the certificate of a host; the caller frees. */
static gnutls_x509_crt_t certificate_of(const struct host *host, enum tls_variant variant)
{
    gnutls_pcert_st *found;
    gnutls_privkey_t key;
    gnutls_x509_crt_t certificate;

    identities_get(world.identities, host, variant, &found, &key);
    assert_non_null(key);
    assert_int_equal(gnutls_x509_crt_init(&certificate), 0);
    assert_int_equal(gnutls_x509_crt_import(certificate, &found->cert, GNUTLS_X509_FMT_DER), 0);
    return certificate;
}

static void assert_certificate(
    const struct host *host, enum tls_variant variant, bool named, bool issued, bool in_time)
{
    gnutls_x509_crt_t certificate = certificate_of(host, variant);
    unsigned status;

    assert_int_equal(!!gnutls_x509_crt_check_hostname(certificate, host->name), named);
    assert_int_equal(gnutls_x509_crt_verify(
                         certificate, &world.ca.certificate, 1, GNUTLS_VERIFY_DISABLE_TIME_CHECKS, &status),
        0);
    assert_int_equal(status == 0, issued);
    assert_int_equal(gnutls_x509_crt_get_expiration_time(certificate) > time(NULL), in_time);
    gnutls_x509_crt_deinit(certificate);
}

static void test_certificates(void **state)
{
    (void)state;
    for (size_t i = 0; i < HOSTS; i++) {
        assert_certificate(&cloud_hosts[i], TLS_GOOD, true, true, true);
        assert_certificate(&cloud_hosts[i], TLS_EXPIRED, true, true, false);
        assert_certificate(&cloud_hosts[i], TLS_FOREIGN, true, false, true);
        assert_certificate(&cloud_hosts[i], TLS_WRONG_NAME, false, true, true);
    }
}

/* Returns the host that the server finds if the client names this one. */
static const char *found_host(const char *name)
{
    struct handshake handshake;
    const char *found;

    handshake_prepare(&handshake, NULL, NULL, name);
    handshake_run(&handshake);
    found = tls_find_host(handshake.server)->name;
    handshake_end(&handshake);
    return found;
}

static void test_the_named_host(void **state)
{
    (void)state;
    assert_string_equal(found_host("api.eu.sse.itd.cisco.com"), "api.eu.sse.itd.cisco.com");
    assert_string_equal(found_host("www.example.org"), EST_HOST);
    assert_string_equal(found_host(NULL), EST_HOST);
}

/* Returns whether the server accepts a client that sends nothing, its certificate, or also that of the issuer. */
static bool is_accepted(enum client_rule rule, size_t n)
{
    const struct certificate_profile profile = { .kind = CERTIFICATE_DEVICE, .common_name = "device" };
    _cleanup_(chain_done) struct chain chain = { .n = 0 };
    struct handshake handshake;
    int r;

    assert_int_equal(chain_add_made(&chain, &profile, world.ca.key, &world.ca), 0);
    if (n == 2)
        assert_int_equal(chain_add(&chain, world.ca.certificate), 0);
    handshake_prepare(&handshake, n > 0 ? &chain : NULL, world.ca.key, NULL);
    tls_set_client_rule(handshake.server, rule);
    handshake_run(&handshake);
    r = handshake.server_result;
    handshake_end(&handshake);
    assert_true(r == 0 || r == GNUTLS_E_CERTIFICATE_ERROR);
    return r == 0;
}

static void test_client_rules(void **state)
{
    (void)state;
    for (size_t n = 0; n <= 2; n++)
        assert_true(is_accepted(CLIENT_ANY, n));
    assert_true(is_accepted(CLIENT_SINGLE, 0));
    assert_true(is_accepted(CLIENT_SINGLE, 1));
    assert_false(is_accepted(CLIENT_SINGLE, 2));
    assert_true(is_accepted(CLIENT_CHAIN, 0));
    assert_false(is_accepted(CLIENT_CHAIN, 1));
    assert_true(is_accepted(CLIENT_CHAIN, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_certificates),
        cmocka_unit_test(test_the_named_host),
        cmocka_unit_test(test_client_rules),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
