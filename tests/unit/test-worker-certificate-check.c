#include "../../src/worker/certificate-check.h"

#include "test-worker-fixture.h"

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

/* Checks one certificate with the issuing CA beside it. NULL if it is taken, else the message, which the next
 * call overwrites. */
static const char *check(const struct recipe *recipe, X509 *current, X509 *anchor)
{
    static struct failure failure;
    _cleanup_x509_ X509 *leaf = make_certificate(recipe);
    /* In the wrong order on purpose, and with a duplicate. */
    _cleanup_x509_stack_ STACK_OF(X509) *received = make_stack(world.ca, leaf, world.ca);
    _cleanup_x509_stack_ STACK_OF(X509) *anchors = make_stack(anchor, NULL, NULL);
    _cleanup_x509_stack_ STACK_OF(X509) *chain = NULL;
    struct certificate_expectation expected = {
        .key = world.ours,
        .anchors = anchors,
        .current = current,
        .now = time(NULL),
    };

    failure = (struct failure)FAILURE_INIT;
    int r = certificate_check_issued(received, &expected, &chain, &failure);
    if (r == 0) {
        assert_int_equal(X509_cmp(sk_X509_value(chain, 0), leaf), 0);
        return NULL;
    }
    assert_int_equal(r, -EREMOTEIO);
    assert_int_equal(failure.reason, REASON_CERTIFICATE_UNUSABLE);
    assert_null(chain);
    return failure.message;
}

static void assert_refused(const struct recipe *recipe, const char *why)
{
    const char *message = check(recipe, NULL, world.root);

    assert_non_null(message);
    if (!strstr(message, why))
        fail_msg("\"%s\" does not say \"%s\"", message, why);
}

static void test_good(void **state)
{
    struct recipe recipe = DEVICE_RECIPE(world.device_key, world.ca, world.ca_key);

    (void)state;
    assert_null(check(&recipe, NULL, world.root));
    /* Only the issuing CA is known. */
    assert_null(check(&recipe, NULL, world.ca));
    /* Neither usage is restricted. */
    recipe.usage = recipe.extended = recipe.basic = NULL;
    assert_null(check(&recipe, NULL, world.root));
    /* A CA whose clock is a little ahead. */
    recipe.from = CLOCK_TOLERANCE - 60;
    assert_null(check(&recipe, NULL, world.root));
}

static void test_refused(void **state)
{
    const struct recipe good = DEVICE_RECIPE(world.device_key, world.ca, world.ca_key);
    struct recipe recipe = good;

    (void)state;
    recipe.key = world.other_key;
    recipe.signer = world.ca_key;
    assert_refused(&recipe, "holds our key");
    recipe = good;
    recipe.basic = "critical,CA:TRUE";
    assert_refused(&recipe, "is a CA certificate");
    recipe = good;
    recipe.usage = "critical,keyEncipherment";
    assert_refused(&recipe, "key usage does not allow digital signatures");
    recipe = good;
    recipe.extended = "serverAuth";
    assert_refused(&recipe, "client authentication");
    recipe = good;
    recipe.digest = EVP_sha1();
    assert_refused(&recipe, "SHA-1");
    recipe = good;
    recipe.to = -1;
    assert_refused(&recipe, "has expired");
    recipe = good;
    recipe.from = 2 * CLOCK_TOLERANCE;
    assert_refused(&recipe, "not valid yet");
    recipe = good;
    recipe.from = 3600;
    recipe.to = 60;
    assert_refused(&recipe, "ends before it begins");
}

static void test_foreign_signature(void **state)
{
    struct recipe recipe = DEVICE_RECIPE(world.device_key, world.ca, world.other_key);
    struct recipe foreign = CA_RECIPE("issuing", world.other_key);
    _cleanup_x509_ X509 *foreign_ca = make_certificate(&foreign);

    (void)state;
    /* The name fits, the signature does not. */
    assert_refused(&recipe, "does not chain");
    recipe.signer = world.ca_key;
    assert_non_null(check(&recipe, NULL, foreign_ca));
    /* No anchor at all. */
    assert_non_null(check(&recipe, NULL, NULL));
}

static void test_renewal_ends_later(void **state)
{
    struct recipe recipe = DEVICE_RECIPE(world.device_key, world.ca, world.ca_key);
    _cleanup_x509_ X509 *current = make_certificate(&recipe);

    (void)state;
    recipe.to += 10;
    assert_null(check(&recipe, current, world.root));
    recipe.to -= 100;
    const char *message = check(&recipe, current, world.root);
    assert_non_null(message);
    assert_non_null(strstr(message, "does not end later"));
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
    _cleanup_x509_stack_ STACK_OF(X509) *anchors = make_stack(world.root, NULL, NULL), *chain = NULL;
    struct certificate_expectation expected = { .key = world.ours, .anchors = anchors, .now = time(NULL) };
    struct failure failure = FAILURE_INIT;

    assert_int_equal(certificate_check_issued(received, &expected, &chain, &failure), -EREMOTEIO);
    assert_non_null(strstr(failure.message, "does not chain"));
}

static enum reason check_anchor(const struct recipe *recipe, char *message)
{
    _cleanup_x509_ X509 *anchor = make_certificate(recipe);
    _cleanup_x509_stack_ STACK_OF(X509) *anchors = make_stack(world.root, anchor, NULL);
    struct failure failure = FAILURE_INIT;

    int r = certificate_check_anchors(anchors, time(NULL), &failure);
    assert_true(r == 0 || r == -EREMOTEIO);
    strcpy(message, failure.message);
    return failure.reason;
}

static void test_anchors(void **state)
{
    const struct recipe good = CA_RECIPE("another", world.other_key);
    struct recipe recipe = good;
    char message[sizeof((struct failure){ 0 }.message)];

    (void)state;
    assert_int_equal(check_anchor(&recipe, message), REASON_NONE);
    recipe.basic = "critical,CA:FALSE";
    assert_int_equal(check_anchor(&recipe, message), REASON_CERTIFICATE_UNUSABLE);
    assert_non_null(strstr(message, "has to be a CA certificate"));
    recipe.basic = NULL;
    assert_int_equal(check_anchor(&recipe, message), REASON_CERTIFICATE_UNUSABLE);
    recipe = good;
    recipe.to = -5;
    assert_int_equal(check_anchor(&recipe, message), REASON_CERTIFICATE_UNUSABLE);
    assert_non_null(strstr(message, "has expired"));
    recipe = good;
    recipe.from = 3600;
    assert_int_equal(check_anchor(&recipe, message), REASON_CERTIFICATE_UNUSABLE);
    assert_non_null(strstr(message, "not valid yet"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_foreign_signature),
        cmocka_unit_test(test_renewal_ends_later),
        cmocka_unit_test(test_weak_ca),
        cmocka_unit_test(test_anchors),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
