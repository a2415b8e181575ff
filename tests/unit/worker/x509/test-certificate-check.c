#include "worker/x509/certificate-check.h"

#include "unit/helpers/test-certificates.h"
#include "worker/x509/csr.h"

#include <errno.h>
#include <openssl/param_build.h>

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

/* Returns NULL if the first received certificate is taken, else the message, which lasts until the next call. */
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

/* Checks the certificate of a recipe, received behind the issuing CA and twice, with one anchor. */
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
    /* The issuing CA is the only anchor. */
    assert_null(check_recipe(&recipe, NULL, world.ca));
    /* A certificate without key usages allows all. */
    recipe.usage = recipe.extended = recipe.basic = NULL;
    assert_null(check_recipe(&recipe, NULL, world.root));
    /* The CA's clock is a little ahead. */
    recipe.from = CLOCK_TOLERANCE - 60;
    assert_null(check_recipe(&recipe, NULL, world.root));
}

/* Each row has one defect. */
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

/* A CA of the same name with another key proves nothing, as an anchor or in the chain. */
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

/* Gives a certificate another end (NULL: that of its CA) and signs it again. */
static void set_end(X509 *certificate, const char *end)
{
    if (end)
        assert_true(ASN1_TIME_set_string(X509_getm_notAfter(certificate), end));
    else
        assert_true(X509_set1_notAfter(certificate, X509_get0_notAfter(world.ca)));
    assert_true(X509_sign(certificate, world.ca_key, EVP_sha256()));
}

static void test_end_of_a_renewal(void **state)
{
    struct recipe recipe = DEVICE_RECIPE(world.device_key, world.ca, world.ca_key);
    _cleanup_x509_ X509 *current = make_certificate(&recipe);

    (void)state;
    recipe.to += 10;
    assert_null(check_recipe(&recipe, current, world.root));
    recipe.to -= 100;
    assert_says(check_recipe(&recipe, current, world.root), "it ends before the one that it replaces");

    /* A CA whose certificates all have the same end, its own or that of RFC 5280, 4.1.2.5, gives all that it can. */
    static const struct {
        const char *current, *renewed;
        bool good;
    } ends[] = {
        { "20991231235959Z", "20991231235958Z", false },
        { "20991231235959Z", "20991231235959Z", true },
        { "20991231235958Z", "20991231235959Z", true },
        { "20991231235959Z", "99991231235959Z", true },
        { "99991231235959Z", "99991231235959Z", true },
        { "99991231235959Z", "99991231235958Z", false },
        { "99991231235959Z", NULL, false }, /* NULL: the end of the CA itself */
        { NULL, NULL, true },
        { NULL, "99991231235959Z", true },
    };
    _cleanup_x509_ X509 *renewed = make_certificate(&recipe);
    _cleanup_x509_stack_ STACK_OF(X509) *received = make_stack(renewed, NULL, NULL);
    _cleanup_x509_stack_ STACK_OF(X509) *anchors = make_stack(world.ca, NULL, NULL);
    struct certificate_expectation expected = expect(anchors);

    expected.current = current;
    for (size_t i = 0; i < ELEMENTS(ends); i++) {
        print_message("%zu\n", i);
        set_end(current, ends[i].current);
        set_end(renewed, ends[i].renewed);
        if (ends[i].good)
            assert_null(check(renewed, received, &expected));
        else
            assert_says(check(renewed, received, &expected), "it ends before the one that it replaces, at ");
    }
}

/* The issuing CA is received, missing, or configured as a helper. */
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
    /* A helper is not an anchor. */
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

/* Checks a certificate with these names, which answers a request for CN=device without alternative names, or a
 * renewal. */
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

/* Adds an extension whose content is not of its type. One that OpenSSL doesn't know is critical. */
static void add_nonsense(X509 *certificate, int nid)
{
    static const unsigned char nonsense[] = { 0x04, 0x01, 0xff };
    ASN1_OCTET_STRING *content = ASN1_OCTET_STRING_new();

    assert_true(ASN1_OCTET_STRING_set(content, nonsense, sizeof(nonsense)));
    X509_EXTENSION *extension = X509_EXTENSION_create_by_NID(NULL, nid, nid == NID_Domain, content);
    assert_true(X509_add_ext(certificate, extension, -1));
    assert_true(X509_sign(certificate, world.other_key, EVP_sha256()));
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(content);
}

/* Makes a public RSA key whose modulus is the square of a prime. */
static EVP_PKEY *make_power(void)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    BIGNUM *modulus = BN_get_rfc2409_prime_1024(NULL), *exponent = BN_new();
    BN_CTX *numbers = BN_CTX_new();
    EVP_PKEY *key = NULL;

    assert_true(BN_sqr(modulus, modulus, numbers) && BN_set_word(exponent, 65537));
    assert_true(
        OSSL_PARAM_BLD_push_BN(builder, "n", modulus) && OSSL_PARAM_BLD_push_BN(builder, "e", exponent));
    OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(builder);
    assert_int_equal(EVP_PKEY_fromdata_init(context), 1);
    assert_int_equal(EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters), 1);
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(builder);
    EVP_PKEY_CTX_free(context);
    BN_free(modulus);
    BN_free(exponent);
    BN_CTX_free(numbers);
    return key;
}

/* A CA certificate that can't be used is left out beside one that can; alone it is refused. */
static void test_anchors(void **state)
{
    static const struct {
        const char *why, *basic, *usage;
        long from, to, version;
        int extension; /* an extension of this type with a content that is none, critical if it is unknown */
        bool weak, power;
    } table[] = {
        { NULL, "critical,CA:TRUE", NULL, -3600, 86400, .version = X509_VERSION_3 },
        { NULL, "CA:TRUE", "keyCertSign", CLOCK_TOLERANCE - 60, 86400, .version = X509_VERSION_3 },
        { "has to be a CA certificate", "critical,CA:FALSE", NULL, -3600, 86400, .version = X509_VERSION_3 },
        { "has to be a CA certificate", NULL, NULL, -3600, 86400, .version = X509_VERSION_3 },
        { "has to be a CA certificate", NULL, NULL, -3600, 86400, .version = X509_VERSION_1 },
        { "has to be a CA certificate", "CA:TRUE", "cRLSign", -3600, 86400, .version = X509_VERSION_3 },
        { "has expired", "critical,CA:TRUE", NULL, -3600, -5, .version = X509_VERSION_3 },
        { "is not valid yet", "critical,CA:TRUE", NULL, 3600, 86400, .version = X509_VERSION_3 },
        { "is not valid yet", "critical,CA:TRUE", NULL, 30 * 86400, 90 * 86400, .version = X509_VERSION_3 },
        { "is malformed", "CA:TRUE", NULL, -3600, 86400, .version = X509_VERSION_3,
            .extension = NID_authority_key_identifier },
        { "is malformed", "CA:TRUE", NULL, -3600, 86400, .version = X509_VERSION_3,
            .extension = NID_name_constraints },
        { "is malformed", NULL, NULL, -3600, 86400, .version = X509_VERSION_3,
            .extension = NID_basic_constraints },
        { "critical extension", "CA:TRUE", NULL, -3600, 86400, .version = X509_VERSION_3,
            .extension = NID_Domain },
        { "too weak", "CA:TRUE", NULL, -3600, 86400, .version = X509_VERSION_3, .weak = true },
        { "are those of none", "CA:TRUE", NULL, -3600, 86400, .version = X509_VERSION_3, .power = true },
    };
    EVP_PKEY *weak = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024), *power = make_power();

    (void)state;
    for (size_t i = 0; i < ELEMENTS(table); i++) {
        struct recipe recipe = CA_RECIPE("another", table[i].weak ? weak : world.other_key);
        struct failure failure = FAILURE_INIT;
        STACK_OF(X509) *usable = NULL;

        print_message("%zu\n", i);
        recipe.basic = table[i].basic;
        recipe.usage = table[i].usage;
        recipe.from = table[i].from;
        recipe.to = table[i].to;
        _cleanup_x509_ X509 *anchor = make_certificate(&recipe);
        X509_set_version(anchor, table[i].version);
        if (table[i].power) {
            X509_set_pubkey(anchor, power);
            X509_sign(anchor, world.other_key, EVP_sha256());
        }
        if (table[i].extension)
            add_nonsense(anchor, table[i].extension);
        _cleanup_x509_stack_ STACK_OF(X509) *both = make_stack(anchor, world.root, NULL);
        _cleanup_x509_stack_ STACK_OF(X509) *alone = make_stack(anchor, NULL, NULL);

        assert_int_equal(certificate_select_anchors(both, time(NULL), &usable, &failure), 0);
        assert_int_equal(sk_X509_num(usable), table[i].why ? 1 : 2);
        assert_int_equal(X509_cmp(sk_X509_value(usable, sk_X509_num(usable) - 1), world.root), 0);
        assert_int_equal(failure.reason, REASON_NONE);
        x509_stack_freep(&usable);
        usable = NULL;

        int r = certificate_select_anchors(alone, time(NULL), &usable, &failure);
        assert_int_equal(r, table[i].why ? -EREMOTEIO : 0);
        assert_int_equal(failure.reason, table[i].why ? REASON_CERTIFICATE_UNUSABLE : REASON_NONE);
        assert_says(table[i].why ? failure.message : NULL, table[i].why);
        assert_int_equal(ERR_peek_error(), 0);
        x509_stack_freep(&usable);
    }
    EVP_PKEY_free(weak);
    EVP_PKEY_free(power);
}

/* The chain goes on above the anchor that ends the verification. */
static void test_whole_chain(void **state)
{
    struct recipe second = CA_RECIPE("issuing 2", world.other_key);

    (void)state;
    second.issuer = world.ca;
    second.signer = world.ca_key;
    _cleanup_x509_ X509 *issuing = make_certificate(&second);
    struct recipe recipe = DEVICE_RECIPE(world.device_key, issuing, world.other_key);
    _cleanup_x509_ X509 *leaf = make_certificate(&recipe);
    const struct {
        X509 *received[2], *anchors[3], *helper;
        int length;
    } table[] = {
        { { NULL }, { world.root, world.ca, issuing }, NULL, 4 },
        { { NULL }, { issuing, world.ca, world.root }, NULL, 4 },
        { { issuing, world.ca }, { world.root }, NULL, 4 },
        { { issuing }, { world.ca, world.root }, NULL, 4 },
        { { NULL }, { issuing, world.root }, world.ca, 4 },
        /* What nobody has can't be sent. */
        { { NULL }, { issuing, world.ca }, NULL, 3 },
        { { NULL }, { issuing, world.root }, NULL, 2 },
    };

    for (size_t i = 0; i < ELEMENTS(table); i++) {
        _cleanup_x509_stack_ STACK_OF(X509) *received =
            make_stack(leaf, table[i].received[0], table[i].received[1]);
        _cleanup_x509_stack_ STACK_OF(X509) *anchors =
            make_stack(table[i].anchors[0], table[i].anchors[1], table[i].anchors[2]);
        _cleanup_x509_stack_ STACK_OF(X509) *helpers = make_stack(table[i].helper, NULL, NULL), *chain = NULL;
        struct certificate_expectation expected = expect(anchors);
        struct failure failure = FAILURE_INIT;

        print_message("%zu\n", i);
        expected.helpers = helpers;
        assert_int_equal(certificate_check_issued(received, &expected, &chain, &failure), 0);
        assert_int_equal(sk_X509_num(chain), table[i].length);
        for (int j = 1; j < sk_X509_num(chain); j++)
            assert_int_equal(
                X509_check_issued(sk_X509_value(chain, j), sk_X509_value(chain, j - 1)), X509_V_OK);
    }
}

/* The subject may be empty if there is an alternative name (RFC 5280, 4.1.2.6); an issuer has a name. */
static void test_empty_names(void **state)
{
    struct recipe nameless_ca = CA_RECIPE("", world.other_key);
    const struct {
        const char *alternative, *why;
        bool nameless;
    } table[] = {
        { "critical,URI:urn:uuid:1f0a0000-0000-4000-8000-000000000000", NULL, false },
        { NULL, "neither a subject nor an alternative name", false },
        { "critical,DNS:a", "it names no issuer", true },
    };

    (void)state;
    _cleanup_x509_ X509 *nameless = make_certificate(&nameless_ca);
    for (size_t i = 0; i < ELEMENTS(table); i++) {
        struct recipe recipe = DEVICE_RECIPE(world.device_key, table[i].nameless ? nameless : world.ca,
            table[i].nameless ? world.other_key : world.ca_key);

        print_message("%zu\n", i);
        recipe.subject = "";
        recipe.alternative = table[i].alternative;
        assert_says(check_recipe(&recipe, NULL, table[i].nameless ? nameless : world.root), table[i].why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_taken),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_same_name_other_key),
        cmocka_unit_test(test_end_of_a_renewal),
        cmocka_unit_test(test_intermediates),
        cmocka_unit_test(test_weak_ca),
        cmocka_unit_test(test_policy),
        cmocka_unit_test(test_anchors),
        cmocka_unit_test(test_whole_chain),
        cmocka_unit_test(test_empty_names),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
