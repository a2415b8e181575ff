/* The certificates that the CA issues, and its own. */
#include "sandbox/est/issue.h"

#include "unit/helpers/sandbox/call.h"

#include <time.h>

#define YEAR (365 * 86400)

struct issuing {
    struct world *w;
    gnutls_x509_privkey_t key;
    gnutls_pubkey_t public;
    struct chain chain;
    struct issued issued;
    gnutls_x509_crt_t leaf; /* the first certificate of the chain */
};

static struct issuing begin(struct world *w)
{
    struct issuing issuing = { .w = w };

    assert_int_equal(certificate_make_key(&issuing.key), 0);
    assert_int_equal(certificate_make_public_key(issuing.key, &issuing.public), 0);
    return issuing;
}

static void release_leaf(struct issuing *i)
{
    if (i->leaf)
        gnutls_x509_crt_deinit(i->leaf);
    i->leaf = NULL;
    chain_done(&i->chain);
}

static void end(struct issuing *i)
{
    release_leaf(i);
    gnutls_x509_privkey_deinit(i->key);
    gnutls_pubkey_deinit(i->public);
}

static void issue(struct issuing *i, gnutls_x509_crt_t current)
{
    release_leaf(i);
    assert_int_equal(issue_certificate(&i->w->call, "device", i->public, current, &i->chain, &i->issued), 0);
    assert_int_equal(gnutls_x509_crt_init(&i->leaf), 0);
    assert_int_equal(gnutls_x509_crt_import(i->leaf, &i->chain.certificates[0], GNUTLS_X509_FMT_DER), 0);
}

static void test_a_certificate(void **state)
{
    _cleanup_(end) struct issuing i = begin(*state);
    char serial[SERIAL_HEX_LENGTH + 1], name[64];
    time_t now = time(NULL);

    i.w->cloud.settings.certificate_validity = 3600;
    issue(&i, NULL);
    assert_int_equal(i.chain.n, 2);
    assert_int_equal(certificate_read_serial(i.leaf, serial), 0);
    assert_string_equal(i.issued.serial, serial);
    assert_int_equal(certificate_read_common_name(i.leaf, name, sizeof(name)), 0);
    assert_string_equal(name, "device");
    assert_int_equal(i.issued.expires, gnutls_x509_crt_get_expiration_time(i.leaf));
    assert_in_range(i.issued.expires, now + 3600, time(NULL) + 3600);
    assert_in_range(gnutls_x509_crt_get_activation_time(i.leaf), now - 60, time(NULL) - 60);
    assert_int_equal(gnutls_x509_crt_check_issuer(i.leaf, i.w->cloud.authorities.issuing.certificate), 1);
}

static void test_short_lives_begin_later(void **state)
{
    _cleanup_(end) struct issuing i = begin(*state);
    time_t now = time(NULL);

    i.w->cloud.settings.certificate_validity = 20;
    issue(&i, NULL);
    assert_in_range(gnutls_x509_crt_get_activation_time(i.leaf), now - 2, time(NULL) - 2);
}

static void test_a_renewal_ends_later(void **state)
{
    _cleanup_(end) struct issuing i = begin(*state);
    gnutls_x509_crt_t current;

    i.w->cloud.settings.certificate_validity = 3600;
    issue(&i, NULL);
    current = i.leaf;
    i.leaf = NULL;
    i.w->cloud.settings.certificate_validity = 60;
    issue(&i, current);
    assert_int_equal(i.issued.expires, gnutls_x509_crt_get_expiration_time(current) + 1);
    gnutls_x509_crt_deinit(current);
}

static void test_no_certificate_outlives_its_ca(void **state)
{
    _cleanup_(end) struct issuing i = begin(*state);

    i.w->cloud.settings.certificate_validity = YEAR;
    issue(&i, NULL);
    assert_int_equal(
        i.issued.expires, gnutls_x509_crt_get_expiration_time(i.w->cloud.authorities.issuing.certificate));
}

static void test_faults(void **state)
{
    _cleanup_(end) struct issuing i = begin(*state);

    add_fault(&i.w->faults, "issue", "ca");
    add_fault(&i.w->faults, "chain", "without-issuer");
    add_fault(&i.w->faults, "replace-ca", "unlinked");
    issue(&i, NULL);
    assert_int_equal(i.chain.n, 1);
    assert_int_equal(gnutls_x509_crt_get_ca_status(i.leaf, NULL), 1);
    assert_int_equal(gnutls_x509_crt_check_issuer(i.leaf, i.w->cloud.authorities.new_issuing.certificate), 1);
    issue(&i, NULL);
}

static void assert_same(const gnutls_datum_t *der, gnutls_x509_crt_t certificate)
{
    gnutls_datum_t expected = { NULL, 0 };

    assert_int_equal(gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_DER, &expected), 0);
    assert_int_equal(der->size, expected.size);
    assert_memory_equal(der->data, expected.data, expected.size);
    gnutls_free(expected.data);
}

/* Asserts that a certificate of the subject is signed by the issuer. */
static void assert_link(
    const gnutls_datum_t *der, const struct authority *subject, const struct authority *issuer)
{
    unsigned char a[32], b[32];
    size_t a_size = sizeof(a), b_size = sizeof(b);
    gnutls_x509_crt_t link;
    unsigned status;

    assert_int_equal(gnutls_x509_crt_init(&link), 0);
    assert_int_equal(gnutls_x509_crt_import(link, der, GNUTLS_X509_FMT_DER), 0);
    assert_int_equal(gnutls_x509_crt_get_key_id(link, GNUTLS_KEYID_USE_SHA256, a, &a_size), 0);
    assert_int_equal(
        gnutls_x509_crt_get_key_id(subject->certificate, GNUTLS_KEYID_USE_SHA256, b, &b_size), 0);
    assert_memory_equal(a, b, sizeof(a));
    assert_int_equal(gnutls_x509_crt_verify(link, &issuer->certificate, 1, 0, &status), 0);
    assert_int_equal(status, 0);
    gnutls_x509_crt_deinit(link);
}

static void test_anchors(void **state)
{
    struct world *w = *state;
    const struct authorities *all = &w->cloud.authorities;
    _cleanup_(chain_done) struct chain usual = { .n = 0 }, cross = { .n = 0 };

    assert_int_equal(issue_anchors(&w->call, &usual), 0);
    assert_int_equal(usual.n, 2);
    assert_same(&usual.certificates[0], all->issuing.certificate);
    assert_same(&usual.certificates[1], all->root.certificate);
    add_fault(&w->faults, "replace-ca", "cross");
    assert_int_equal(issue_anchors(&w->call, &cross), 0);
    assert_int_equal(cross.n, 4);
    assert_same(&cross.certificates[0], all->new_issuing.certificate);
    assert_same(&cross.certificates[1], all->new_root.certificate);
    assert_link(&cross.certificates[2], &all->new_root, &all->root);
    assert_link(&cross.certificates[3], &all->root, &all->new_root);
}

static void test_anchors_with_one_link(void **state)
{
    struct world *w = *state;
    const struct authorities *all = &w->cloud.authorities;
    _cleanup_(chain_done) struct chain forward = { .n = 0 }, backward = { .n = 0 }, unlinked = { .n = 0 };

    w->faults = set_of("replace-ca", "new-with-old");
    assert_int_equal(issue_anchors(&w->call, &forward), 0);
    assert_int_equal(forward.n, 3);
    assert_link(&forward.certificates[2], &all->new_root, &all->root);
    w->faults = set_of("replace-ca", "old-with-new");
    assert_int_equal(issue_anchors(&w->call, &backward), 0);
    assert_int_equal(backward.n, 3);
    assert_link(&backward.certificates[2], &all->root, &all->new_root);
    w->faults = set_of("replace-ca", "unlinked");
    assert_int_equal(issue_anchors(&w->call, &unlinked), 0);
    assert_int_equal(unlinked.n, 2);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, world_open, world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_certificate),
        TEST(test_short_lives_begin_later),
        TEST(test_a_renewal_ends_later),
        TEST(test_no_certificate_outlives_its_ca),
        TEST(test_faults),
        TEST(test_anchors),
        TEST(test_anchors_with_one_link),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
