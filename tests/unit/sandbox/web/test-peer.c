/* The device at the other end of a connection: identified by its certificate, or refused with a reason. */
#include "sandbox/web/peer.h"

#include "unit/helpers/sandbox/fixture.h"
#include "unit/helpers/sandbox/handshake.h"

#include <errno.h>
#include <time.h>

#define HOUR 3600

/* Authorities for all tests, and a key of the device. */
static struct {
    void *store;
    struct authorities authorities;
    gnutls_x509_privkey_t key;
} world;

static int set_up(void **state)
{
    (void)state;
    return fixture_open(&world.store) < 0 || authorities_load(world.store, HOUR, &world.authorities) < 0
               ? -1
               : certificate_make_key(&world.key);
}

static int tear_down(void **state)
{
    (void)state;
    authorities_done(&world.authorities);
    gnutls_x509_privkey_deinit(world.key);
    return fixture_close(&world.store);
}

static struct certificate_profile device_profile(void)
{
    return (struct certificate_profile){
        .kind = CERTIFICATE_DEVICE,
        .common_name = GUID,
        .not_before = time(NULL) - HOUR,
        .not_after = time(NULL) + HOUR,
    };
}

/* Connects with a chain. Returns the result of the identification. */
static int connect_with(const struct chain *chain, struct peer *ret, const char **ret_problem)
{
    char serial[SERIAL_HEX_LENGTH + 1];
    struct handshake handshake;
    int r;

    handshake_prepare(&handshake, chain, world.key, NULL);
    handshake_run(&handshake);
    assert_int_equal(handshake.server_result, 0);
    r = peer_identify(handshake.server, &world.authorities, ret, ret_problem);
    peer_read_serial(handshake.server, serial);
    if (r >= 0)
        assert_string_equal(serial, ret->serial);
    assert_int_equal(strlen(serial), 2 * SERIAL_SIZE);
    handshake_end(&handshake);
    return r;
}

static int identify(const struct certificate_profile *profile, const struct authority *issuer,
    struct peer *ret, const char **ret_problem)
{
    _cleanup_(chain_done) struct chain chain = { .n = 0 };

    assert_int_equal(chain_add_made(&chain, profile, world.key, issuer), 0);
    return connect_with(&chain, ret, ret_problem);
}

static void assert_refused(
    const struct certificate_profile *profile, const struct authority *issuer, const char *reason)
{
    const char *problem = NULL;
    struct peer peer;

    assert_int_equal(identify(profile, issuer, &peer, &problem), -EACCES);
    assert_string_equal(problem, reason);
}

static void test_a_device(void **state)
{
    struct certificate_profile profile = device_profile();
    const char *problem = NULL;
    struct peer peer;

    (void)state;
    assert_int_equal(identify(&profile, &world.authorities.issuing, &peer, &problem), 0);
    assert_string_equal(peer.common_name, GUID);
    assert_int_equal(identify(&profile, &world.authorities.new_issuing, &peer, &problem), 0);
    assert_null(problem);
}

static void test_refusals(void **state)
{
    struct certificate_profile profile = device_profile(), expired = device_profile(),
                               not_yet = device_profile(), server = device_profile();

    (void)state;
    expired.not_after = time(NULL) - 1;
    not_yet.not_before = time(NULL) + HOUR / 2;
    server.purpose = GNUTLS_KP_TLS_WWW_SERVER;
    assert_refused(&expired, &world.authorities.issuing, "The client certificate has expired.");
    assert_refused(&not_yet, &world.authorities.issuing, "The client certificate is not valid yet.");
    assert_refused(
        &server, &world.authorities.issuing, "The client certificate is not one for client authentication.");
    assert_refused(&profile, &world.authorities.tls, "The client certificate was not issued here.");
}

static void test_a_long_chain(void **state)
{
    struct certificate_profile profile = device_profile();
    _cleanup_(chain_done) struct chain chain = { .n = 0 };
    struct authority path[8] = { { NULL, NULL } };
    const char *problem = NULL;
    struct peer peer;

    (void)state;
    for (size_t i = 0; i < ELEMENTS(path); i++) {
        char name[16];

        snprintf(name, sizeof(name), "CA %zu", i);
        assert_int_equal(authority_make(name, i > 0 ? &path[i - 1] : NULL, HOUR, &path[i]), 0);
    }
    assert_int_equal(chain_add_made(&chain, &profile, world.key, &path[7]), 0);
    for (size_t i = ELEMENTS(path); i > 0; i--)
        assert_int_equal(chain_add(&chain, path[i - 1].certificate), 0);
    assert_int_equal(connect_with(&chain, &peer, &problem), -EACCES);
    assert_string_equal(problem, "The client sent too many certificates.");
    chain_drop(&chain, 8);
    assert_int_equal(connect_with(&chain, &peer, &problem), -EACCES);
    assert_string_equal(problem, "The client certificate was not issued here.");
    for (size_t i = 0; i < ELEMENTS(path); i++)
        authority_done(&path[i]);
}

static void test_a_client_without_a_certificate(void **state)
{
    char serial[SERIAL_HEX_LENGTH + 1];
    struct handshake handshake;
    const char *problem = NULL;
    gnutls_x509_crt_t none;
    struct peer peer;

    (void)state;
    handshake_prepare(&handshake, NULL, NULL, NULL);
    handshake_run(&handshake);
    assert_int_equal(handshake.server_result, 0);
    assert_int_equal(peer_identify(handshake.server, &world.authorities, &peer, &problem), -EACCES);
    assert_string_equal(problem, "This call needs a client certificate.");
    peer_read_serial(handshake.server, serial);
    assert_string_equal(serial, "-");
    assert_int_equal(peer_read_certificate(handshake.server, &none), -ENOENT);
    handshake_end(&handshake);
    assert_int_equal(peer_identify(NULL, &world.authorities, &peer, &problem), -EACCES);
    peer_read_serial(NULL, serial);
    assert_string_equal(serial, "-");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_device),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_a_long_chain),
        cmocka_unit_test(test_a_client_without_a_certificate),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
