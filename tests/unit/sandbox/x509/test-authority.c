/* The certification authorities of a directory: made once, loaded again, refused if half of one is missing. */
#include "sandbox/x509/authority.h"

#include "unit/helpers/sandbox/fixture.h"

#include <errno.h>
#include <string.h>

#define YEAR (365 * 86400)

static void read_serials(const struct authorities *all, char serials[6][SERIAL_HEX_LENGTH + 1])
{
    const struct authority *const list[] = { &all->tls, &all->root, &all->issuing, &all->second_issuing,
        &all->new_root, &all->new_issuing };

    for (size_t i = 0; i < ELEMENTS(list); i++)
        assert_int_equal(certificate_read_serial(list[i]->certificate, serials[i]), 0);
}

static void test_made_once(void **state)
{
    char first[6][SERIAL_HEX_LENGTH + 1], second[6][SERIAL_HEX_LENGTH + 1];
    _cleanup_(authorities_done) struct authorities made = { 0 }, loaded = { 0 };

    assert_int_equal(authorities_load(*state, YEAR, &made), 0);
    read_serials(&made, first);
    assert_int_equal(authorities_load(*state, YEAR, &loaded), 0);
    read_serials(&loaded, second);
    for (size_t i = 0; i < ELEMENTS(first); i++) {
        assert_string_equal(first[i], second[i]);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(first[i], first[j]);
    }
}

static void test_names_and_life(void **state)
{
    _cleanup_(authorities_done) struct authorities all = { 0 };
    time_t now = time(NULL), end;
    char name[64];

    assert_int_equal(authorities_load(*state, YEAR, &all), 0);
    assert_int_equal(certificate_read_common_name(all.new_issuing.certificate, name, sizeof(name)), 0);
    assert_string_equal(name, DEVICE_ISSUING_NAME);
    assert_int_equal(certificate_read_common_name(all.new_root.certificate, name, sizeof(name)), 0);
    assert_string_equal(name, DEVICE_ROOT_NAME);
    end = gnutls_x509_crt_get_expiration_time(all.issuing.certificate);
    assert_in_range(end, now + YEAR, time(NULL) + YEAR);
    assert_true(gnutls_x509_crt_get_activation_time(all.issuing.certificate) < now);
    assert_int_equal(gnutls_x509_crt_check_issuer(all.issuing.certificate, all.root.certificate), 1);
    assert_int_equal(gnutls_x509_crt_check_issuer(all.root.certificate, all.root.certificate), 1);
}

/* Returns the status of a device certificate of that issuer. */
static unsigned verify_device(const struct authorities *all, const struct authority *issuer)
{
    struct certificate_profile profile = { .kind = CERTIFICATE_DEVICE, .common_name = "device" };
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t certificate;
    unsigned status = 0;

    assert_int_equal(certificate_make_key(&key), 0);
    assert_int_equal(certificate_make_public_key(key, &profile.key), 0);
    profile.not_before = time(NULL) - 60;
    profile.not_after = time(NULL) + 60;
    assert_int_equal(certificate_make(&profile, issuer, &certificate), 0);
    assert_true(gnutls_x509_trust_list_verify_crt(all->devices, &certificate, 1, 0, &status, NULL) >= 0);
    gnutls_x509_crt_deinit(certificate);
    gnutls_pubkey_deinit(profile.key);
    gnutls_x509_privkey_deinit(key);
    return status;
}

static void test_anchors_of_devices(void **state)
{
    _cleanup_(authorities_done) struct authorities all = { 0 };
    _cleanup_(authority_done) struct authority foreign = { NULL, NULL };

    assert_int_equal(authorities_load(*state, YEAR, &all), 0);
    assert_int_equal(verify_device(&all, &all.issuing), 0);
    assert_int_equal(verify_device(&all, &all.new_issuing), 0);
    /* of the same name, but with another key */
    assert_int_equal(authority_make(DEVICE_ISSUING_NAME, NULL, YEAR, &foreign), 0);
    assert_true(verify_device(&all, &foreign) & GNUTLS_CERT_INVALID);
    assert_true(verify_device(&all, &all.tls) & GNUTLS_CERT_INVALID);
}

static void test_half_of_an_authority(void **state)
{
    _cleanup_(authorities_done) struct authorities all = { 0 }, again = { 0 };

    assert_int_equal(authorities_load(*state, YEAR, &all), 0);
    assert_int_equal(store_remove(*state, "est-root.key"), 0);
    assert_int_equal(authorities_load(*state, YEAR, &again), -ENOKEY);
    assert_null(again.tls.certificate);
    /* a key alone is what an end of the first start leaves behind */
    assert_int_equal(store_write(*state, "est-root.key", "x", 1), 0);
    assert_int_equal(authorities_load(*state, YEAR, &again), -EBADMSG);
    assert_int_equal(store_remove(*state, "est-root.pem"), 0);
    assert_int_equal(authorities_load(*state, YEAR, &again), 0);
}

static void test_a_life_that_x509_cannot_name(void **state)
{
    _cleanup_(authority_done) struct authority made = { NULL, NULL };

    (void)state;
    assert_int_equal(authority_make("Long", NULL, 300000000000LL, &made), 0);
    assert_int_equal(gnutls_x509_crt_get_expiration_time(made.certificate), 253402300799LL);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_open, fixture_close)

static void test_anchors_of_foreign_devices(void **state)
{
    _cleanup_(authorities_done) struct authorities all = { 0 };
    const struct store *store = *state;
    char path[4200];

    assert_int_equal(authorities_load(store, YEAR, &all), 0);
    assert_null(all.foreign);
    snprintf(path, sizeof(path), "%s/tls-ca.pem", store->path);
    assert_int_equal(authorities_trust_foreign(&all, path), 0);
    assert_non_null(all.foreign);
    gnutls_x509_trust_list_deinit(all.foreign, 1);
    all.foreign = NULL;
    snprintf(path, sizeof(path), "%s/tls-ca.key", store->path);
    assert_int_equal(authorities_trust_foreign(&all, path), -EBADMSG);
    gnutls_x509_trust_list_deinit(all.foreign, 1);
    all.foreign = NULL;
    assert_int_equal(authorities_trust_foreign(&all, "/nonexistent"), -EBADMSG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_made_once),
        TEST(test_names_and_life),
        TEST(test_anchors_of_devices),
        TEST(test_half_of_an_authority),
        TEST(test_anchors_of_foreign_devices),
        cmocka_unit_test(test_a_life_that_x509_cannot_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
