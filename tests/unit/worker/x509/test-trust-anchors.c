#include "worker/x509/trust-anchors.h"

#include "unit/helpers/test-certificates.h"

#include <errno.h>

/* Two generations of a root, and what each has signed of the other. */
static EVP_PKEY *old_key, *new_key, *issuing_key;
static X509 *old_root, *old_renewed, *new_root, *new_with_old, *old_with_new, *same_name, *issuing,
    *new_issuing;

static X509 *make(const char *name, EVP_PKEY *key, X509 *issuer, EVP_PKEY *signer)
{
    struct recipe recipe = CA_RECIPE(name, key);

    recipe.issuer = issuer;
    recipe.signer = signer;
    return make_certificate(&recipe);
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
    return 0;
}

static int tear_down(void **state)
{
    X509 *all[] = { old_root, old_renewed, new_root, new_with_old, old_with_new, same_name, issuing,
        new_issuing };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(all); i++)
        X509_free(all[i]);
    EVP_PKEY_free(old_key);
    EVP_PKEY_free(new_key);
    EVP_PKEY_free(issuing_key);
    return 0;
}

struct row {
    X509 **fetched[3], **known[2];
    X509 **pin;     /* whose fingerprint is configured */
    X509 **refused; /* which is named; NULL: all are taken */
};

static const struct row rows[] = {
    /* Without anything known, TLS alone decides. */
    { { &new_root } },
    /* The same, its re-issue with the same key, and what it has signed. */
    { { &old_root }, { &old_root } },
    { { &old_renewed }, { &old_root } },
    { { &issuing, &old_root }, { &old_root } },
    { { &issuing }, { &old_root } },
    /* The issuing CA was all that was known. */
    { { &old_root, &issuing }, { &issuing } },
    /* A new root that the old one has signed; in any order. */
    { { &new_root, &new_with_old }, { &old_root } },
    { { &new_with_old, &old_root, &new_root }, { &old_root } },
    { { &new_issuing, &new_root, &new_with_old }, { &old_root } },
    { { &new_root, &new_with_old, &old_with_new }, { &old_root } },
    /* The new root has signed the old one: so can anyone. */
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
    { { &issuing, &old_root }, .pin = &issuing },
    { { &new_root }, .pin = &old_root, .refused = &new_root },
    { { &new_root, &old_root }, .pin = &old_root, .refused = &new_root },
    { { &new_root }, { &old_root }, .pin = &new_root },
    { { &old_root }, { &old_root }, .pin = &new_root },
    { { &new_root }, { &old_root }, .pin = &old_root, .refused = &new_root },
};

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
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
