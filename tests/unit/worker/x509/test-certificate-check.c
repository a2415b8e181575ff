#include "worker/x509/certificate-check.h"

#include "unit/helpers/test-certificates.h"
#include "worker/x509/csr.h"

#include <errno.h>

/* A root, an issuing CA and keys, made once. */
static struct {
    EVP_PKEY *root_key, *ca_key, *device_key, *other_key;
    X509 *root, *ca;
    struct private_key *ours;
} world;

static int set_up(void **state)
{
    (void)state;
    assert_int_equal(private_key_generate(KEY_EC_P256, &world.ours), 0);
    world.device_key = private_key_handle(world.ours);
    world.root_key = make_key();
    world.ca_key = make_key();
    world.other_key = make_key();
    struct recipe root = CA_RECIPE("root", world.root_key), ca = CA_RECIPE("issuing", world.ca_key);
    world.root = make_certificate(&root);
    ca.issuer = world.root;
    ca.signer = world.root_key;
    world.ca = make_certificate(&ca);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    private_key_free(world.ours);
    EVP_PKEY_free(world.root_key);
    EVP_PKEY_free(world.ca_key);
    EVP_PKEY_free(world.other_key);
    X509_free(world.root);
    X509_free(world.ca);
    return 0;
}

/* NULL if the first of those received is taken, else the message, which the next call overwrites. */
static const char *check(
    X509 *leaf, STACK_OF(X509) * received, const struct certificate_expectation *expected)
{
    static struct failure failure;
    _cleanup_x509_stack_ STACK_OF(X509) *chain = NULL;

    failure = (struct failure)FAILURE_INIT;
    int r = certificate_check_issued(received, expected, &chain, &failure);
    assert_int_equal(ERR_peek_error(), 0);
    if (r == 0) {
        assert_int_equal(X509_cmp(sk_X509_value(chain, 0), leaf), 0);
        return NULL;
    }
    assert_int_equal(r, -EREMOTEIO);
    assert_int_equal(failure.reason, REASON_CERTIFICATE_UNUSABLE);
    assert_null(chain);
    return failure.message;
}

static struct certificate_expectation expect(STACK_OF(X509) * anchors)
{
    return (struct certificate_expectation){ .key = world.device_key, .anchors = anchors, .now = time(NULL) };
}

/* The certificate of a recipe, with the issuing CA beside it, in the wrong order and with a duplicate, and one anchor. */
static const char *check_recipe(const struct recipe *recipe, X509 *current, X509 *anchor)
{
    _cleanup_x509_ X509 *leaf = make_certificate(recipe);
    _cleanup_x509_stack_ STACK_OF(X509) *received = make_stack(world.ca, leaf, world.ca);
    _cleanup_x509_stack_ STACK_OF(X509) *anchors = make_stack(anchor, NULL, NULL);
    struct certificate_expectation expected = expect(anchors);

    expected.current = current;
    return check(leaf, received, &expected);
}

static void assert_says(const char *message, const char *why)
{
    if (!why)
        assert_null(message);
    else if (!message || !strstr(message, why))
        fail_msg("\"%s\" does not say \"%s\"", message ? message : "(taken)", why);
}

static void test_taken(void **state)
{
    struct recipe recipe = DEVICE_RECIPE(world.device_key, world.ca, world.ca_key);

    (void)state;
    assert_null(check_recipe(&recipe, NULL, world.root));
    /* Only the issuing CA is known. */
    assert_null(check_recipe(&recipe, NULL, world.ca));
    /* Neither usage is restricted. */
    recipe.usage = recipe.extended = recipe.basic = NULL;
    assert_null(check_recipe(&recipe, NULL, world.root));
    /* A CA whose clock is a little ahead. */
    recipe.from = CLOCK_TOLERANCE - 60;
    assert_null(check_recipe(&recipe, NULL, world.root));
}

/* One defect each; what a row leaves out is as it should be. */
static void test_refused(void **state)
{
    static const struct {
        const char *why, *basic, *usage, *extended;
        long from, to;
        const EVP_MD *(*digest)(void);
        EVP_PKEY **key, **signer;
    } table[] = {
        { "The EST server sent 3 certificates, none of which holds our key", .key = &world.other_key },
        { "it is a CA certificate", .basic = "critical,CA:TRUE" },
        { "it is a CA certificate", .basic = "CA:TRUE", .usage = "digitalSignature" },
        { "its key usage does not allow digital signatures", .usage = "critical,keyEncipherment" },
        { "its extended key usage does not allow client authentication", .extended = "serverAuth" },
        { "its extended key usage does not allow client authentication",
            .extended = "codeSigning,emailProtection" },
        { "it is signed with SHA-1", .digest = EVP_sha1 },
        { "it has expired", .to = -1 },
        { "it is not valid yet", .from = 2 * CLOCK_TOLERANCE },
        { "it ends before it begins", .from = 3600, .to = 60 },
        { "it does not chain to the trust anchors", .signer = &world.other_key },
        { "it does not chain to the trust anchors", .signer = &world.root_key },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(table); i++) {
        struct recipe recipe = DEVICE_RECIPE(world.device_key, world.ca, world.ca_key);

        print_message("%zu: %s\n", i, table[i].why);
        if (table[i].basic)
            recipe.basic = table[i].basic;
        if (table[i].usage)
            recipe.usage = table[i].usage;
        if (table[i].extended)
            recipe.extended = table[i].extended;
        if (table[i].from)
            recipe.from = table[i].from;
        if (table[i].to)
            recipe.to = table[i].to;
        if (table[i].digest)
            recipe.digest = table[i].digest();
        if (table[i].key)
            recipe.key = *table[i].key;
        if (table[i].signer)
            recipe.signer = *table[i].signer;
        assert_says(check_recipe(&recipe, NULL, world.root), table[i].why);
    }
}

/* A CA of the same name with another key proves nothing, whether it comes as an anchor or in the chain. */
static void test_same_name_other_key(void **state)
{
    struct recipe foreign = CA_RECIPE("issuing", world.other_key);
    _cleanup_x509_ X509 *foreign_ca = make_certificate(&foreign);
    struct recipe recipe = DEVICE_RECIPE(world.device_key, foreign_ca, world.other_key);
    _cleanup_x509_ X509 *leaf = make_certificate(&recipe);
    _cleanup_x509_stack_ STACK_OF(X509) *received = make_stack(leaf, foreign_ca, NULL);
    _cleanup_x509_stack_ STACK_OF(X509) *anchors = make_stack(world.ca, world.root, NULL);
    struct certificate_expectation expected = expect(anchors);

    (void)state;
    assert_says(check(leaf, received, &expected), "does not chain");
    struct recipe good = DEVICE_RECIPE(world.device_key, world.ca, world.ca_key);
    assert_says(check_recipe(&good, NULL, foreign_ca), "does not chain");
    assert_says(check_recipe(&good, NULL, NULL), "does not chain");
}

static void test_renewal_ends_later(void **state)
{
    struct recipe recipe = DEVICE_RECIPE(world.device_key, world.ca, world.ca_key);
    _cleanup_x509_ X509 *current = make_certificate(&recipe);

    (void)state;
    recipe.to += 10;
    assert_null(check_recipe(&recipe, current, world.root));
    recipe.to -= 100;
    assert_says(
        check_recipe(&recipe, current, world.root), "does not end later than the one that it replaces");
}

/* An issuing CA that came, did not come, or is configured as an extra one. */
static void test_intermediates(void **state)
{
    struct recipe recipe = DEVICE_RECIPE(world.device_key, world.ca, world.ca_key);
    _cleanup_x509_ X509 *leaf = make_certificate(&recipe);
    _cleanup_x509_stack_ STACK_OF(X509) *alone = make_stack(leaf, NULL, NULL);
    _cleanup_x509_stack_ STACK_OF(X509) *unordered = make_stack(world.root, world.ca, leaf);
    _cleanup_x509_stack_ STACK_OF(X509) *anchors = make_stack(world.root, NULL, NULL);
    _cleanup_x509_stack_ STACK_OF(X509) *issuing = make_stack(world.ca, NULL, NULL);
    struct certificate_expectation expected = expect(anchors);

    (void)state;
    assert_null(check(leaf, unordered, &expected));
    assert_says(check(leaf, alone, &expected), "unable to get local issuer certificate");
    expected.helpers = issuing;
    assert_null(check(leaf, alone, &expected));
    /* A helper is no anchor. */
    expected.anchors = NULL;
    assert_says(check(leaf, alone, &expected), "does not chain");
}

static void test_weak_ca(void **state)
{
    struct recipe ca = CA_RECIPE("weak", world.ca_key);

    (void)state;
    ca.issuer = world.root;
    ca.signer = world.root_key;
    ca.digest = EVP_sha1();
    _cleanup_x509_ X509 *weak = make_certificate(&ca);
    struct recipe recipe = DEVICE_RECIPE(world.device_key, weak, world.ca_key);
    _cleanup_x509_ X509 *leaf = make_certificate(&recipe);
    _cleanup_x509_stack_ STACK_OF(X509) *received = make_stack(leaf, weak, NULL);
    _cleanup_x509_stack_ STACK_OF(X509) *anchors = make_stack(world.root, NULL, NULL);
    struct certificate_expectation expected = expect(anchors);

    assert_says(check(leaf, received, &expected), "does not chain");
}

/* A certificate with these names, as the answer to a request for CN=device without alternative names, or to one that
 * renews a certificate of these. */
static const char *check_policy(enum certificate_policy policy, const char *subject, const char *alternative,
    const char *asked_subject, const char *asked_alternative)
{
    static const struct csr_attributes no_wishes = { .digest = NID_undef };
    struct recipe recipe = DEVICE_RECIPE(world.device_key, world.ca, world.ca_key), asked = recipe;
    _cleanup_csr_ X509_REQ *request = NULL;

    recipe.subject = subject;
    recipe.alternative = alternative;
    asked.subject = asked_subject;
    asked.alternative = asked_alternative;
    _cleanup_x509_ X509 *leaf = make_certificate(&recipe), *current = make_certificate(&asked);
    _cleanup_x509_stack_ STACK_OF(X509) *received = make_stack(leaf, NULL, NULL);
    _cleanup_x509_stack_ STACK_OF(X509) *anchors = make_stack(world.ca, NULL, NULL);
    struct certificate_expectation expected = expect(anchors);

    assert_int_equal(csr_for_renewal(world.ours, current, &no_wishes, &request), 0);
    expected.policy = policy;
    expected.request = request;
    return check(leaf, received, &expected);
}

static void test_policy(void **state)
{
    static const struct {
        enum certificate_policy policy;
        const char *subject, *alternative, *asked_subject, *asked_alternative, *why;
    } table[] = {
        { CERTIFICATE_ANY, "other", "DNS:b", "device", "DNS:a", NULL },
        { CERTIFICATE_COMMON_NAME, "device", "DNS:b", "device", NULL, NULL },
        { CERTIFICATE_COMMON_NAME, "other", NULL, "device", NULL,
            "not for the common name that was asked for" },
        { CERTIFICATE_COMMON_NAME, "device2", NULL, "device", NULL,
            "not for the common name that was asked for" },
        { CERTIFICATE_SAME, "device", NULL, "device", NULL, NULL },
        { CERTIFICATE_SAME, "device", "DNS:a", "device", "DNS:a", NULL },
        { CERTIFICATE_SAME, "other", "DNS:a", "device", "DNS:a",
            "not for the common name that was asked for" },
        { CERTIFICATE_SAME, "device", "DNS:b", "device", "DNS:a", "alternative names are not the ones" },
        { CERTIFICATE_SAME, "device", NULL, "device", "DNS:a", "alternative names are not the ones" },
        { CERTIFICATE_SAME, "device", "DNS:a", "device", NULL, "alternative names are not the ones" },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(table); i++) {
        print_message("%zu\n", i);
        assert_says(check_policy(table[i].policy, table[i].subject, table[i].alternative,
                        table[i].asked_subject, table[i].asked_alternative),
            table[i].why);
    }
}

static void test_anchors(void **state)
{
    static const struct {
        const char *why, *basic;
        long from, to;
    } table[] = {
        { NULL, "critical,CA:TRUE", -3600, 86400 },
        { NULL, "critical,CA:TRUE", CLOCK_TOLERANCE - 60, 86400 },
        { "has to be a CA certificate", "critical,CA:FALSE", -3600, 86400 },
        { "has to be a CA certificate", NULL, -3600, 86400 },
        { "has expired", "critical,CA:TRUE", -3600, -5 },
        { "is not valid yet", "critical,CA:TRUE", 3600, 86400 },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(table); i++) {
        struct recipe recipe = CA_RECIPE("another", world.other_key);
        struct failure failure = FAILURE_INIT;

        print_message("%zu\n", i);
        recipe.basic = table[i].basic;
        recipe.from = table[i].from;
        recipe.to = table[i].to;
        _cleanup_x509_ X509 *anchor = make_certificate(&recipe);
        _cleanup_x509_stack_ STACK_OF(X509) *anchors = make_stack(world.root, anchor, NULL);
        int r = certificate_check_anchors(anchors, time(NULL), &failure);
        assert_int_equal(r, table[i].why ? -EREMOTEIO : 0);
        assert_int_equal(failure.reason, table[i].why ? REASON_CERTIFICATE_UNUSABLE : REASON_NONE);
        assert_says(table[i].why ? failure.message : NULL, table[i].why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_taken),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_same_name_other_key),
        cmocka_unit_test(test_renewal_ends_later),
        cmocka_unit_test(test_intermediates),
        cmocka_unit_test(test_weak_ca),
        cmocka_unit_test(test_policy),
        cmocka_unit_test(test_anchors),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
