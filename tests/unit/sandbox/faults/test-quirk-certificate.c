/* The quirks in what a CA issues, and in the certificates that it sends around it. */
#include "unit/helpers/sandbox/faults.h"

#include "sandbox/faults/quirk.h"
#include "sandbox/faults/words.h"
#include "sandbox/x509/authority.h"
#include "sandbox/x509/chain.h"

#include <string.h>
#include <time.h>

#define HOUR 3600

/* Authorities for all tests, and a key of the device. */
static struct {
    void *store;
    struct authorities authorities;
    gnutls_x509_privkey_t key;
    gnutls_pubkey_t public;
    gnutls_x509_crt_t leaf;
} world;

static struct issue begin_issue(void)
{
    return (struct issue){
        .profile = {
            .kind = CERTIFICATE_DEVICE,
            .common_name = "device",
            .key = world.public,
            .not_before = time(NULL) - HOUR,
            .not_after = time(NULL) + 10 * HOUR,
        },
        .ca = &world.authorities.issuing,
    };
}

static int set_up(void **state)
{
    struct issue issue;

    (void)state;
    if (fixture_open(&world.store) < 0 || authorities_load(world.store, HOUR, &world.authorities) < 0 ||
        certificate_make_key(&world.key) < 0 || certificate_make_public_key(world.key, &world.public) < 0)
        return -1;
    issue = begin_issue();
    return certificate_make(&issue.profile, issue.ca, &world.leaf);
}

static int tear_down(void **state)
{
    (void)state;
    authorities_done(&world.authorities);
    gnutls_x509_privkey_deinit(world.key);
    gnutls_pubkey_deinit(world.public);
    gnutls_x509_crt_deinit(world.leaf);
    return fixture_close(&world.store);
}

/* Issues a certificate with those words; the caller frees. */
static gnutls_x509_crt_t issue_with(const char *value)
{
    struct fault_set set = set_of("issue", value);
    const struct fault_word *words[WORD_LIMIT];
    size_t n = fault_find_words(&set, STAGE_ISSUE, NULL, words, ELEMENTS(words));
    struct issue issue = begin_issue();
    gnutls_x509_crt_t certificate;

    for (size_t i = 0; i < n; i++)
        assert_int_equal(words[i]->issue(&issue), 0);
    assert_int_equal(certificate_make(&issue.profile, issue.ca, &certificate), 0);
    if (issue.other_key)
        gnutls_pubkey_deinit(issue.other_key);
    if (issue.own_key)
        gnutls_x509_privkey_deinit(issue.own_key);
    authority_done(&issue.other_ca);
    return certificate;
}

static unsigned verify(gnutls_x509_crt_t certificate)
{
    unsigned status = 0;

    assert_true(
        gnutls_x509_trust_list_verify_crt(world.authorities.devices, &certificate, 1, 0, &status, NULL) >= 0);
    return status;
}

static bool is_for_key(gnutls_x509_crt_t certificate, gnutls_x509_privkey_t key)
{
    unsigned char a[32], b[32];
    size_t a_size = sizeof(a), b_size = sizeof(b);

    assert_int_equal(gnutls_x509_crt_get_key_id(certificate, GNUTLS_KEYID_USE_SHA256, a, &a_size), 0);
    assert_int_equal(gnutls_x509_privkey_get_key_id(key, GNUTLS_KEYID_USE_SHA256, b, &b_size), 0);
    return memcmp(a, b, sizeof(a)) == 0;
}

static void test_keys_and_issuers(void **state)
{
    gnutls_x509_crt_t foreign_key = issue_with("foreign-key"), other_issuer = issue_with("other-issuer"),
                      sha1 = issue_with("sha1");

    (void)state;
    assert_true(is_for_key(world.leaf, world.key));
    assert_int_equal(verify(world.leaf), 0);
    assert_false(is_for_key(foreign_key, world.key));
    assert_int_equal(verify(foreign_key), 0);
    /* the names are the same, but the signature isn't */
    assert_true(gnutls_x509_crt_check_issuer(other_issuer, world.authorities.issuing.certificate));
    assert_true(verify(other_issuer) & GNUTLS_CERT_INVALID);
    assert_int_equal(gnutls_x509_crt_get_signature_algorithm(sha1), GNUTLS_SIGN_ECDSA_SHA1);
    gnutls_x509_crt_deinit(foreign_key);
    gnutls_x509_crt_deinit(other_issuer);
    gnutls_x509_crt_deinit(sha1);
}

static void test_life(void **state)
{
    gnutls_x509_crt_t expired = issue_with("expired"), not_yet = issue_with("not-yet"),
                      brief = issue_with("brief"), capped = issue_with("capped"),
                      no_end = issue_with("no-end");
    time_t now = time(NULL);

    (void)state;
    assert_int_equal(verify(expired), GNUTLS_CERT_INVALID | GNUTLS_CERT_EXPIRED);
    assert_int_equal(verify(not_yet), GNUTLS_CERT_INVALID | GNUTLS_CERT_NOT_ACTIVATED);
    /* a tenth of ten hours */
    assert_in_range(gnutls_x509_crt_get_expiration_time(brief), now + HOUR - 60, now + HOUR + 60);
    gnutls_x509_crt_deinit(expired);
    gnutls_x509_crt_deinit(not_yet);
    assert_int_equal(gnutls_x509_crt_get_expiration_time(capped),
        gnutls_x509_crt_get_expiration_time(world.authorities.issuing.certificate));
    assert_int_equal(gnutls_x509_crt_get_expiration_time(no_end), CERTIFICATE_NO_END);
    gnutls_x509_crt_deinit(brief);
    gnutls_x509_crt_deinit(capped);
    gnutls_x509_crt_deinit(no_end);
}

static void test_usage_and_names(void **state)
{
    gnutls_x509_crt_t ca = issue_with("ca"), server = issue_with("server-only"),
                      none = issue_with("no-usage"), renamed = issue_with("renamed");
    char oid[64], name[64];
    size_t size = sizeof(oid), name_size = sizeof(name);
    unsigned usage;

    (void)state;
    assert_int_equal(gnutls_x509_crt_get_ca_status(world.leaf, NULL), 0);
    assert_int_equal(gnutls_x509_crt_get_ca_status(ca, NULL), 1);
    assert_int_equal(gnutls_x509_crt_get_key_purpose_oid(server, 0, oid, &size, NULL), 0);
    assert_string_equal(oid, GNUTLS_KP_TLS_WWW_SERVER);
    assert_int_equal(
        gnutls_x509_crt_get_key_usage(none, &usage, NULL), GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE);
    assert_int_equal(
        gnutls_x509_crt_get_dn_by_oid(renamed, GNUTLS_OID_X520_ORGANIZATION_NAME, 0, 0, name, &name_size), 0);
    assert_true(gnutls_x509_crt_check_hostname(renamed, "device.example.org"));
    gnutls_x509_crt_deinit(ca);
    gnutls_x509_crt_deinit(server);
    gnutls_x509_crt_deinit(none);
    gnutls_x509_crt_deinit(renamed);
}

/* Composes a chain of the leaf and the issuing CA with those words; the caller frees it. */
static struct chain chain_with(const char *value)
{
    struct fault_set set = set_of("chain", value);
    const struct fault_word *words[WORD_LIMIT];
    size_t n = fault_find_words(&set, STAGE_CHAIN, NULL, words, ELEMENTS(words));
    struct chain chain = { .n = 0 };

    assert_int_equal(chain_add(&chain, world.leaf), 0);
    assert_int_equal(chain_add(&chain, world.authorities.issuing.certificate), 0);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(words[i]->compose(&world.authorities, &chain), 0);
    return chain;
}

/* Writes a letter per certificate: Leaf, Issuing CA, Root, Foreign root, eXpired foreign root, Server. */
static void describe_chain(const char *value, char *ret)
{
    struct chain chain = chain_with(value);

    for (size_t i = 0; i < chain.n; i++) {
        gnutls_x509_crt_t certificate;
        char name[64];

        assert_int_equal(gnutls_x509_crt_init(&certificate), 0);
        assert_int_equal(gnutls_x509_crt_import(certificate, &chain.certificates[i], GNUTLS_X509_FMT_DER), 0);
        assert_int_equal(certificate_read_common_name(certificate, name, sizeof(name)), 0);
        if (streq(name, "device"))
            *ret++ = 'L';
        else if (streq(name, DEVICE_ISSUING_NAME))
            *ret++ = 'I';
        else if (streq(name, DEVICE_ROOT_NAME))
            *ret++ = 'R';
        else if (streq(name, "ca.example.org"))
            *ret++ = 'S';
        else
            *ret++ = gnutls_x509_crt_get_expiration_time(certificate) < time(NULL)   ? 'X'
                     : gnutls_x509_crt_get_activation_time(certificate) > time(NULL) ? 'N'
                                                                                     : 'F';
        gnutls_x509_crt_deinit(certificate);
    }
    *ret = '\0';
    chain_done(&chain);
}

static void test_chains(void **state)
{
    static const struct {
        const char *value, *expected;
    } cases[] = {
        { "leaf-last", "IL" },
        { "duplicates", "LILI" },
        { "with-root", "LIR" },
        { "without-issuer", "L" },
        { "with-foreign", "FLIF" },
        { "foreign-only", "F" },
        { "with-expired", "LIX" },
        { "with-next", "LIN" },
        { "with-expired,with-next", "LIXN" },
        { "with-leaf", "LIS" },
        { "empty", "" },
        { "with-root,leaf-last", "IRL" },
        { "empty,leaf-last,huge", "" },
    };
    char seen[16];

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        describe_chain(cases[i].value, seen);
        assert_string_equal(seen, cases[i].expected);
    }
}

static void test_large_chains(void **state)
{
    struct chain hundred = chain_with("hundred"), huge = chain_with("huge");
    size_t size = 0;

    (void)state;
    assert_int_equal(hundred.n, 102);
    assert_true(hundred.certificates[100].size != hundred.certificates[101].size ||
                memcmp(hundred.certificates[100].data, hundred.certificates[101].data,
                    hundred.certificates[101].size) != 0);
    for (size_t i = 0; i < huge.n; i++)
        size += huge.certificates[i].size;
    assert_in_range(size, 1536 * 1024, 3 * 1024 * 1024);
    chain_done(&hundred);
    chain_done(&huge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_and_issuers),
        cmocka_unit_test(test_life),
        cmocka_unit_test(test_usage_and_names),
        cmocka_unit_test(test_chains),
        cmocka_unit_test(test_large_chains),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
