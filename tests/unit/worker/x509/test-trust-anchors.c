#include "worker/x509/trust-anchors.h"

#include "unit/helpers/test-certificates.h"

#include <errno.h>

/* Two generations of a root, and the certificates that each has signed for the other. */
static EVP_PKEY *old_key, *new_key, *issuing_key;
static X509 *old_root, *old_renewed, *new_root, *new_with_old, *old_with_new, *same_name, *issuing,
    *new_issuing;
/* What somebody without the old key makes, and what a key with limits signs. */
static X509 *same_serial, *same_key_id, *forged_reissue, *swapped, *weak_digest, *first_of_loop,
    *second_of_loop, *end_entity, *below_end_entity, *no_signer, *below_no_signer, *leafs_only,
    *below_leafs_only, *root_of_leafs_only, *constrained, *below_constrained, *below_constrained_alike,
    *root_of_constrained, *brother;
/* Chains of CAs: NAME_LIMIT_below_SIGNER. */
static X509 *one, *any_below_one, *zero_below_one, *nine_below_one, *any_below_any, *any_below_nine,
    *one_renewed, *one_without, *any_below_without, *zero, *zero_rolled, *any_rolled, *zero_of_rolled;
/* CAs with other limits, and what they have signed. */
static X509 *servers, *below_servers, *below_servers_alike, *both, *below_both, *everything,
    *below_everything, *policy, *below_policy, *below_policy_alike, *mapping, *below_mapping, *unknown,
    *below_unknown;

static X509 *make(const char *name, EVP_PKEY *key, X509 *issuer, EVP_PKEY *signer)
{
    struct recipe recipe = CA_RECIPE(name, key);

    recipe.issuer = issuer;
    recipe.signer = signer;
    return make_certificate(&recipe);
}

/* Gives a certificate the serial number and the key identifier of the old root, and signs it. */
static X509 *disguise(X509 *certificate, EVP_PKEY *signer)
{
    X509_set_serialNumber(certificate, X509_get_serialNumber(old_root));
    assert_true(X509_sign(certificate, signer, EVP_sha256()));
    return certificate;
}

static X509 *make_limited(const char *name, X509 *issuer, EVP_PKEY *signer, const char *basic,
    const char *usage, const char *constraints)
{
    struct recipe recipe = CA_RECIPE(name, issuing_key);

    recipe.issuer = issuer;
    recipe.signer = signer;
    recipe.basic = basic;
    recipe.usage = usage;
    recipe.constraints = constraints;
    return make_certificate(&recipe);
}

/* Makes a CA whose path length is as given, -1: none. */
static X509 *make_long(const char *name, EVP_PKEY *key, X509 *issuer, EVP_PKEY *signer, int length)
{
    struct recipe recipe = CA_RECIPE(name, key);
    char basic[48];

    snprintf(basic, sizeof(basic), "critical,CA:TRUE,pathlen:%d", length);
    recipe.issuer = issuer;
    recipe.signer = signer;
    if (length >= 0)
        recipe.basic = basic;
    return make_certificate(&recipe);
}

static void set_up_lengths(void)
{
    one = make_long("one", old_key, NULL, NULL, 1);
    one_renewed = make_long("one", old_key, NULL, NULL, -1);
    any_below_one = make_long("second", issuing_key, one, old_key, -1);
    zero_below_one = make_long("second", issuing_key, one, old_key, 0);
    nine_below_one = make_long("second", issuing_key, one, old_key, 9);
    any_below_any = make_long("third", new_key, any_below_one, issuing_key, -1);
    any_below_nine = make_long("third", new_key, nine_below_one, issuing_key, -1);
    /* The same name and key without the limit, signed by a root that has none. */
    one_without = make_long("one", old_key, new_root, new_key, -1);
    any_below_without = make_long("fourth", new_key, any_below_any, new_key, -1);
    zero = make_long("zero", old_key, NULL, NULL, 0);
    zero_rolled = make_long("zero", new_key, zero, old_key, 0);
    any_rolled = make_long("zero", new_key, zero, old_key, -1);
    zero_of_rolled = make_long("zero", new_key, NULL, NULL, 0);
}

/* Makes a CA with one more extension, signed by the old root. */
static X509 *make_special(const char *name, int nid, const char *value)
{
    X509 *certificate = make(name, issuing_key, old_root, old_key);

    add_extension(certificate, nid, value);
    assert_true(X509_sign(certificate, old_key, EVP_sha256()));
    return certificate;
}

/* Makes a CA below one, with the same extension. */
static X509 *make_alike(X509 *issuer, int nid, const char *value)
{
    X509 *certificate = make("below", new_key, issuer, issuing_key);

    add_extension(certificate, nid, value);
    assert_true(X509_sign(certificate, issuing_key, EVP_sha256()));
    return certificate;
}

static X509 *make_unknown(void)
{
    X509 *certificate = make("unknown", issuing_key, old_root, old_key);
    ASN1_OBJECT *name = OBJ_txt2obj("1.2.3.4", 1);
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();

    assert_true(ASN1_OCTET_STRING_set(value, (const unsigned char *)"\x05", 2));
    X509_EXTENSION *extension = X509_EXTENSION_create_by_OBJ(NULL, name, 1, value);
    assert_true(X509_add_ext(certificate, extension, -1));
    assert_true(X509_sign(certificate, old_key, EVP_sha256()));
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(name);
    return certificate;
}

static void set_up_limits(void)
{
    static const char server[] = "critical,serverAuth", demand[] = "critical,requireExplicitPolicy:0";

    servers = make_special("servers", NID_ext_key_usage, server);
    below_servers = make("below", new_key, servers, issuing_key);
    below_servers_alike = make_alike(servers, NID_ext_key_usage, server);
    both = make_special("both", NID_ext_key_usage, "serverAuth,clientAuth");
    below_both = make("below", new_key, both, issuing_key);
    everything = make_special("everything", NID_ext_key_usage, "emailProtection,anyExtendedKeyUsage");
    below_everything = make("below", new_key, everything, issuing_key);
    policy = make_special("policy", NID_policy_constraints, demand);
    below_policy = make("below", new_key, policy, issuing_key);
    below_policy_alike = make_alike(policy, NID_policy_constraints, demand);
    mapping = make_special("mapping", NID_policy_constraints, "critical,inhibitPolicyMapping:0");
    below_mapping = make("below", new_key, mapping, issuing_key);
    unknown = make_unknown();
    below_unknown = make("below", new_key, unknown, issuing_key);
}

static void set_up_attacks(void)
{
    const X509_ALGOR *algorithm;
    struct recipe weak = CA_RECIPE("new root", new_key), identified = CA_RECIPE("root", new_key);
    static const char ca[] = "critical,CA:TRUE", leafs[] = "critical,CA:TRUE,pathlen:0",
                      sign[] = "keyCertSign", names[] = "critical,permitted;DNS:example.org";

    same_serial = disguise(make("root", new_key, NULL, NULL), new_key);
    same_key_id = make_certificate(&identified);
    add_extension(same_key_id, NID_subject_key_identifier, "01:02:03");
    disguise(same_key_id, new_key);
    forged_reissue = make("root", old_key, NULL, new_key);
    swapped = make("new root", new_key, old_root, old_key);
    X509_get0_signature(NULL, &algorithm, swapped);
    X509_ALGOR_set0(
        (X509_ALGOR *)(uintptr_t)algorithm, OBJ_nid2obj(NID_ecdsa_with_SHA384), V_ASN1_UNDEF, NULL);
    weak.issuer = old_root;
    weak.signer = old_key;
    weak.digest = EVP_sha1();
    weak_digest = make_certificate(&weak);
    first_of_loop = make("first", new_key, same_name, issuing_key);
    second_of_loop = make("root", issuing_key, first_of_loop, new_key);

    end_entity = make_limited("end", old_root, old_key, "critical,CA:FALSE", NULL, NULL);
    below_end_entity = make("below", new_key, end_entity, issuing_key);
    no_signer = make_limited("no signer", old_root, old_key, ca, "cRLSign", NULL);
    below_no_signer = make("below", new_key, no_signer, issuing_key);
    leafs_only = make_limited("leafs", old_root, old_key, leafs, sign, NULL);
    below_leafs_only = make("below", new_key, leafs_only, issuing_key);
    root_of_leafs_only = make_limited("leafs", NULL, NULL, ca, sign, NULL);
    constrained = make_limited("constrained", old_root, old_key, ca, sign, names);
    below_constrained = make("below", new_key, constrained, issuing_key);
    below_constrained_alike = make_limited("below", constrained, issuing_key, ca, sign, names);
    root_of_constrained = make_limited("constrained", NULL, NULL, ca, sign, NULL);
    brother = make_limited("brother", old_root, old_key, ca, sign, NULL);
}

static int set_up(void **state)
{
    (void)state;
    old_key = make_key();
    new_key = make_key();
    issuing_key = make_key();
    old_root = make("root", old_key, NULL, NULL);
    old_renewed = make("root renewed", old_key, NULL, NULL);
    new_root = make("new root", new_key, NULL, NULL);
    new_with_old = make("new root", new_key, old_root, old_key);
    old_with_new = make("root", old_key, new_root, new_key);
    same_name = make("root", new_key, NULL, NULL);
    issuing = make("issuing", issuing_key, old_root, old_key);
    new_issuing = make("issuing", issuing_key, new_root, new_key);
    set_up_attacks();
    set_up_lengths();
    set_up_limits();
    return 0;
}

static int tear_down(void **state)
{
    X509 *all[] = { old_root, old_renewed, new_root, new_with_old, old_with_new, same_name, issuing,
        new_issuing, same_serial, same_key_id, forged_reissue, swapped, weak_digest, first_of_loop,
        second_of_loop, end_entity, below_end_entity, no_signer, below_no_signer, leafs_only,
        below_leafs_only, root_of_leafs_only, constrained, below_constrained, below_constrained_alike,
        root_of_constrained, brother, one, any_below_one, zero_below_one, nine_below_one, any_below_any,
        any_below_nine, one_renewed, one_without, any_below_without, zero, zero_rolled, any_rolled,
        zero_of_rolled, servers, below_servers, below_servers_alike, both, below_both, everything,
        below_everything, policy, below_policy, below_policy_alike, mapping, below_mapping, unknown,
        below_unknown };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(all); i++)
        X509_free(all[i]);
    EVP_PKEY_free(old_key);
    EVP_PKEY_free(new_key);
    EVP_PKEY_free(issuing_key);
    return 0;
}

struct row {
    X509 **fetched[4], **known[2];
    X509 **pin;     /* whose fingerprint is configured */
    X509 **refused; /* the anchor that the message names; NULL: all are taken */
};

static const struct row rows[] = {
    /* Without known anchors, all are taken. */
    { { &new_root } },
    /* The known root, its re-issue with the same key, and a CA that it has signed. */
    { { &old_root }, { &old_root } },
    { { &old_renewed }, { &old_root } },
    { { &issuing, &old_root }, { &old_root } },
    { { &issuing }, { &old_root } },
    /* Only the issuing CA was known: the signature in it doesn't tell who made it. */
    { { &old_root, &issuing }, { &issuing }, .refused = &old_root },
    /* The old root has signed the new one; in any order. */
    { { &new_root, &new_with_old }, { &old_root } },
    { { &new_with_old, &old_root, &new_root }, { &old_root } },
    { { &new_issuing, &new_root, &new_with_old }, { &old_root } },
    { { &new_root, &new_with_old, &old_with_new }, { &old_root } },
    /* The new root has signed the old one, which anyone can do. */
    { { &new_root, &old_with_new }, { &old_root }, .refused = &new_root },
    { { &new_root }, { &old_root }, .refused = &new_root },
    { { &old_root, &new_root }, { &old_root }, .refused = &new_root },
    { { &same_name }, { &old_root }, .refused = &same_name },
    { { &new_issuing, &new_root }, { &old_root }, .refused = &new_root },
    /* Two were known. */
    { { &new_root }, { &old_root, &new_root } },
    /* The fingerprint decides: for a first fetch, and for a root that doesn't link. */
    { { &new_root }, .pin = &new_root },
    { { &issuing, &old_root }, .pin = &old_root },
    { { &issuing, &old_root }, .pin = &issuing, .refused = &old_root },
    { { &new_root }, .pin = &old_root, .refused = &new_root },
    { { &new_root, &old_root }, .pin = &old_root, .refused = &new_root },
    { { &new_root }, { &old_root }, .pin = &new_root },
    { { &old_root }, { &old_root }, .pin = &new_root },
    { { &new_root }, { &old_root }, .pin = &old_root, .refused = &new_root },
    /* Names, numbers and keys of the known root, without a signature by its key. */
    { { &same_serial }, { &old_root }, .refused = &same_serial },
    { { &same_key_id }, { &old_root }, .refused = &same_key_id },
    { { &forged_reissue }, { &old_root }, .refused = &forged_reissue },
    { { &forged_reissue, &old_root }, .pin = &old_root, .refused = &forged_reissue },
    { { &old_with_new }, { &old_root }, .refused = &old_with_new },
    { { &first_of_loop, &second_of_loop }, { &old_root }, .refused = &first_of_loop },
    /* A signature of the key that isn't good. */
    { { &swapped }, { &old_root }, .refused = &swapped },
    { { &weak_digest }, { &old_root }, .refused = &weak_digest },
    /* Signatures of keys that may not sign CAs, or only some. */
    { { &below_end_entity }, { &end_entity }, .refused = &below_end_entity },
    { { &below_no_signer }, { &no_signer }, .refused = &below_no_signer },
    { { &below_leafs_only }, { &leafs_only }, .refused = &below_leafs_only },
    { { &below_leafs_only, &leafs_only, &old_root }, { &old_root }, .refused = &below_leafs_only },
    { { &root_of_leafs_only }, { &leafs_only }, .refused = &root_of_leafs_only },
    { { &below_constrained }, { &constrained }, .refused = &below_constrained },
    { { &below_constrained_alike }, { &constrained } },
    { { &root_of_constrained }, { &constrained }, .refused = &root_of_constrained },
    { { &brother, &constrained, &leafs_only }, { &old_root } },
    /* The root of a known issuing CA, and another below that root. */
    { { &brother }, { &issuing }, .refused = &brother },
    /* A path length counts for all that follow, whatever they say themselves; in any order. */
    { { &any_below_one, &one }, { &one } },
    { { &one, &zero_below_one }, { &one } },
    { { &one, &any_below_one, &any_below_any }, { &one }, .refused = &any_below_any },
    { { &any_below_any, &any_below_one, &one }, { &one }, .refused = &any_below_any },
    { { &any_below_any, &any_below_one, &one }, .pin = &one, .refused = &any_below_any },
    { { &one, &nine_below_one, &any_below_nine }, { &one }, .refused = &any_below_nine },
    { { &one, &nine_below_one }, { &one } },
    { { &any_below_any, &any_below_one, &one_renewed }, { &one }, .refused = &any_below_any },
    /* A self-issued one does not count, and is not free either. */
    { { &one, &one_renewed }, { &one } },
    { { &zero, &zero_rolled, &zero_of_rolled }, { &zero } },
    { { &zero, &any_rolled }, { &zero }, .refused = &any_rolled },
    /* Of two ways, the one that leaves more. */
    { { &any_below_any, &any_below_one, &one_without }, { &one, &new_root } },
    { { &any_below_without, &any_below_any, &any_below_one }, { &one, &one_without } },
    { { &any_below_any, &one, &any_below_one, &one_without }, { &new_root, &one } },
    /* Other limits of the signer. */
    { { &servers, &below_servers }, { &old_root }, .refused = &below_servers },
    { { &below_servers }, { &servers }, .refused = &below_servers },
    { { &below_servers_alike }, { &servers } },
    { { &both, &below_both }, { &old_root } },
    { { &everything, &below_everything }, { &old_root } },
    { { &below_policy }, { &policy }, .refused = &below_policy },
    { { &below_policy_alike }, { &policy } },
    { { &below_mapping }, { &mapping } },
    { { &below_unknown }, { &unknown }, .refused = &below_unknown },
};

/* As many certificates as a server can send that could all have signed each other by their names. */
static void test_same_names(void **state)
{
    enum { COUNT = 32 };
    _cleanup_x509_stack_ STACK_OF(X509) *fetched = sk_X509_new_null(), *known = sk_X509_new_null();
    struct failure failure = FAILURE_INIT;

    (void)state;
    for (int i = 0; i < COUNT; i++) {
        sk_X509_push(known, make("root", new_key, NULL, issuing_key));
        sk_X509_push(fetched, make("root", issuing_key, NULL, old_key));
    }
    assert_int_equal(trust_anchors_check_link(fetched, known, "", &failure), -EREMOTEIO);
    assert_int_equal(failure.reason, REASON_CERTIFICATE_UNUSABLE);
}

static STACK_OF(X509) * stack_of(X509 **const *list, size_t n)
{
    STACK_OF(X509) *stack = sk_X509_new_null();

    for (size_t i = 0; i < n && list[i]; i++) {
        X509_up_ref(*list[i]);
        sk_X509_push(stack, *list[i]);
    }
    return stack;
}

static void test_links(void **state)
{
    (void)state;
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        _cleanup_x509_stack_ STACK_OF(X509) *fetched = stack_of(rows[i].fetched, ELEMENTS(rows[i].fetched));
        _cleanup_x509_stack_ STACK_OF(X509) *known = stack_of(rows[i].known, ELEMENTS(rows[i].known));
        char fingerprint[FINGERPRINT_SIZE] = "", named[FINGERPRINT_SIZE], subject[64];
        struct failure failure = FAILURE_INIT;

        print_message("row %zu\n", i);
        if (rows[i].pin)
            certificate_fingerprint(*rows[i].pin, fingerprint);
        int r = trust_anchors_check_link(fetched, known, fingerprint, &failure);
        assert_int_equal(ERR_peek_error(), 0);
        if (!rows[i].refused) {
            assert_int_equal(r, 0);
            continue;
        }
        assert_int_equal(r, -EREMOTEIO);
        assert_int_equal(failure.reason, REASON_CERTIFICATE_UNUSABLE);
        certificate_fingerprint(*rows[i].refused, named);
        certificate_name(X509_get_subject_name(*rows[i].refused), subject, sizeof(subject));
        assert_non_null(strstr(failure.message, named));
        assert_non_null(strstr(failure.message, subject));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_links),
        cmocka_unit_test(test_same_names),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
