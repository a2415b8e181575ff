#include "certificate-check.h"

#include <errno.h>
#include <stdio.h>

const char *const certificate_policy_names[] = { "any", "common_name", "same", NULL };

static void store_freep(X509_STORE **store)
{
    X509_STORE_free(*store);
}

static void store_context_freep(X509_STORE_CTX **context)
{
    X509_STORE_CTX_free(*context);
}

static int refuse(struct failure *failure, const X509 *certificate, const char *why)
{
    char subject[128];

    certificate_name(X509_get_subject_name(certificate), subject, sizeof(subject));
    return failure_set(failure, REASON_CERTIFICATE_UNUSABLE, "The certificate of %s is refused: %s.",
        *subject ? subject : "an empty subject", why);
}

static X509 *find_ours(STACK_OF(X509) * received, const struct private_key *key)
{
    for (int i = 0; i < sk_X509_num(received); i++) {
        EVP_PKEY *pkey = X509_get0_pubkey(sk_X509_value(received, i));

        if (pkey && EVP_PKEY_eq(pkey, private_key_handle(key)) == 1)
            return sk_X509_value(received, i);
    }
    ERR_clear_error();
    return NULL;
}

/* NULL if the certificate by itself is one that we can use, else what is wrong. */
static const char *check_usage(X509 *leaf)
{
    int digest = NID_undef;

    /* OpenSSL calls it no CA when the key usage forbids it to sign certificates; the claim is enough for us.
     */
    if (X509_check_ca(leaf) > 0 || (X509_get_extension_flags(leaf) & EXFLAG_CA))
        return "it is a CA certificate";
    if (!(X509_get_key_usage(leaf) & KU_DIGITAL_SIGNATURE))
        return "its key usage does not allow digital signatures";
    if (!(X509_get_extended_key_usage(leaf) & XKU_SSL_CLIENT))
        return "its extended key usage does not allow client authentication";
    if (X509_get_signature_info(leaf, &digest, NULL, NULL, NULL) && (digest == NID_sha1 || digest == NID_md5))
        return "it is signed with SHA-1 or MD5";
    return NULL;
}

static const char *check_validity(const X509 *leaf, const struct certificate_expectation *expected)
{
    time_t not_before = certificate_not_before(leaf), not_after = certificate_not_after(leaf);

    if (not_after <= not_before)
        return "it ends before it begins";
    if (not_before > expected->now + CLOCK_TOLERANCE)
        return "it is not valid yet";
    if (not_after <= expected->now)
        return "it has expired";
    if (expected->current && not_after <= certificate_not_after(expected->current))
        return "it does not end later than the one that it replaces";
    return NULL;
}

/* 0 and the chain; 1 and why there is none; -ENOMEM. */
static int build_chain(X509 *leaf, STACK_OF(X509) * received, const struct certificate_expectation *expected,
    STACK_OF(X509) * *ret_chain, const char **ret_why)
{
    _cleanup_(store_freep) X509_STORE *store = X509_STORE_new();
    _cleanup_(store_context_freep) X509_STORE_CTX *context = X509_STORE_CTX_new();
    time_t not_before = certificate_not_before(leaf);

    if (!store || !context)
        return -ENOMEM;
    for (int i = 0; i < sk_X509_num(expected->anchors); i++)
        if (!X509_STORE_add_cert(store, sk_X509_value(expected->anchors, i)))
            return -ENOMEM;
    if (!X509_STORE_CTX_init(context, store, leaf, received))
        return -ENOMEM;

    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(context);
    if (!X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_CLIENT) ||
        /* /cacerts may hold the issuing CA without its root; all of it is explicitly trusted. */
        !X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN))
        return -ENOMEM;
    /* 112 bits: no SHA-1 and no RSA below 2048 anywhere in the chain. */
    X509_VERIFY_PARAM_set_auth_level(param, 2);
    X509_VERIFY_PARAM_set_time(param, not_before > expected->now ? not_before : expected->now);

    int good = X509_verify_cert(context);
    ERR_clear_error();
    if (good <= 0) {
        *ret_why = X509_verify_cert_error_string(X509_STORE_CTX_get_error(context));
        return 1;
    }
    STACK_OF(X509) *chain = X509_STORE_CTX_get1_chain(context);
    if (!chain)
        return -ENOMEM;
    *ret_chain = chain;
    return 0;
}

int certificate_check_issued(STACK_OF(X509) * received, const struct certificate_expectation *expected,
    STACK_OF(X509) * *ret_chain, struct failure *failure)
{
    X509 *leaf = find_ours(received, expected->key);
    const char *why;

    if (!leaf)
        return failure_set(failure, REASON_CERTIFICATE_UNUSABLE,
            "None of the %d certificates that the EST server sent holds our key.", sk_X509_num(received));

    why = check_usage(leaf);
    if (!why)
        why = check_validity(leaf, expected);
    if (why)
        return refuse(failure, leaf, why);

    int r = build_chain(leaf, received, expected, ret_chain, &why);
    if (r > 0) {
        char text[192];
        snprintf(text, sizeof(text), "it does not chain to the trust anchors (%s)", why);
        return refuse(failure, leaf, text);
    }
    return r;
}

int certificate_check_anchors(STACK_OF(X509) * anchors, time_t now, struct failure *failure)
{
    for (int i = 0; i < sk_X509_num(anchors); i++) {
        X509 *anchor = sk_X509_value(anchors, i);

        /* 1: by its basic constraints; the other values are guesses for old certificates. */
        if (X509_check_ca(anchor) != 1)
            return refuse(failure, anchor, "a trust anchor has to be a CA certificate");
        if (certificate_not_before(anchor) > now + CLOCK_TOLERANCE)
            return refuse(failure, anchor, "this trust anchor is not valid yet");
        if (certificate_not_after(anchor) <= now)
            return refuse(failure, anchor, "this trust anchor has expired");
    }
    return 0;
}
