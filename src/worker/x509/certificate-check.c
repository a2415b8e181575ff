#include "worker/x509/certificate-check.h"

#include "common/count-text.h"
#include "common/log.h"
#include "worker/x509/public-key.h"

#include <errno.h>
#include <stdio.h>

const char *const certificate_policy_names[] = { WORKER_EST_SUBJECT_POLICY_NAMES, NULL };

enum {
    CHAIN_MAX = 8,
};

static void store_freep(X509_STORE **store)
{
    X509_STORE_free(*store);
}

static void extensions_freep(STACK_OF(X509_EXTENSION) * *extensions)
{
    sk_X509_EXTENSION_pop_free(*extensions, X509_EXTENSION_free);
}

static void store_context_freep(X509_STORE_CTX **context)
{
    X509_STORE_CTX_free(*context);
}

static int refuse_certificate(struct failure *failure, const X509 *certificate, const char *why)
{
    char subject[128];

    certificate_name(X509_get_subject_name(certificate), subject, sizeof(subject));
    return failure_set(failure, REASON_CERTIFICATE_UNUSABLE, "The certificate of %s is refused: %s.",
        *subject ? subject : "an empty subject", why);
}

static X509 *find_certificate_of(STACK_OF(X509) * received, EVP_PKEY *key)
{
    for (int i = 0; i < sk_X509_num(received); i++) {
        EVP_PKEY *pkey = X509_get0_pubkey(sk_X509_value(received, i));

        if (pkey && EVP_PKEY_eq(pkey, key) == 1)
            return sk_X509_value(received, i);
    }
    ERR_clear_error();
    return NULL;
}

/* Returns what keeps us from using the certificate, NULL if nothing does. */
static const char *check_usage(X509 *leaf)
{
    int digest = NID_undef;

    if (X509_get_extension_flags(leaf) & EXFLAG_INVALID)
        return "one of its extensions is malformed";
    /* OpenSSL wants a key usage for signing certificates, too; for us the claim to be a CA is enough. */
    if (X509_check_ca(leaf) > 0 || (X509_get_extension_flags(leaf) & EXFLAG_CA))
        return "it is a CA certificate";
    if (!(X509_get_key_usage(leaf) & KU_DIGITAL_SIGNATURE))
        return "its key usage does not allow digital signatures";
    if (!(X509_get_extended_key_usage(leaf) & XKU_SSL_CLIENT))
        return "its extended key usage does not allow client authentication";
    if (X509_NAME_entry_count(X509_get_issuer_name(leaf)) == 0)
        return "it names no issuer";
    if (X509_NAME_entry_count(X509_get_subject_name(leaf)) == 0 &&
        X509_get_ext_by_NID(leaf, NID_subject_alt_name, -1) < 0)
        return "it has neither a subject nor an alternative name";
    if (X509_get_signature_info(leaf, &digest, NULL, NULL, NULL) && (digest == NID_sha1 || digest == NID_md5))
        return "it is signed with SHA-1 or MD5";
    return NULL;
}

/* Returns a text that lasts until the next call. */
static const char *tell_earlier_end(time_t not_after)
{
    static char text[96];
    struct tm tm;

    if (!gmtime_r(&not_after, &tm) ||
        strftime(text, sizeof(text), "it ends before the one that it replaces, at %Y-%m-%d %H:%M:%S UTC",
            &tm) == 0)
        return "it ends before the one that it replaces";
    return text;
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
    /* A CA gives nothing that outlives itself: a new key until the same end is all there is. */
    if (expected->current && not_after < certificate_not_after(expected->current))
        return tell_earlier_end(not_after);
    return NULL;
}

/* True if the subject has the common name of the one that was asked for, which may have none. */
static bool has_common_name(const X509_NAME *subject, const X509_NAME *asked)
{
    int wanted = X509_NAME_get_index_by_NID(asked, NID_commonName, -1), place = -1;

    if (wanted < 0)
        return true;
    const ASN1_STRING *name = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(asked, wanted));
    while ((place = X509_NAME_get_index_by_NID(subject, NID_commonName, place)) >= 0) {
        const ASN1_STRING *other = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, place));

        /* Compare the text only: the CA chooses the type of the string. */
        if (ASN1_STRING_length(name) == ASN1_STRING_length(other) &&
            memcmp(ASN1_STRING_get0_data(name), ASN1_STRING_get0_data(other),
                (size_t)ASN1_STRING_length(name)) == 0)
            return true;
    }
    return false;
}

static const ASN1_OCTET_STRING *alternative_name(const STACK_OF(X509_EXTENSION) * extensions)
{
    int place = extensions ? X509v3_get_ext_by_NID(extensions, NID_subject_alt_name, -1) : -1;

    return place < 0 ? NULL : X509_EXTENSION_get_data(X509v3_get_ext(extensions, place));
}

static const char *check_names(const X509 *leaf, const struct certificate_expectation *expected)
{
    _cleanup_(extensions_freep) STACK_OF(X509_EXTENSION) *extensions = NULL;
    const X509_NAME *subject = X509_get_subject_name(leaf), *asked;

    if (expected->policy == CERTIFICATE_ANY)
        return NULL;
    asked = X509_REQ_get_subject_name(expected->request);
    if (!has_common_name(subject, asked))
        return "it is not for the common name that was asked for";
    if (expected->policy == CERTIFICATE_COMMON_NAME)
        return NULL;

    extensions = X509_REQ_get_extensions(expected->request);
    const ASN1_OCTET_STRING *wanted = alternative_name(extensions);
    const ASN1_OCTET_STRING *given = alternative_name(X509_get0_extensions(leaf));
    if (X509_NAME_cmp(subject, asked) != 0)
        return "its subject is not the one that was asked for";
    if (!wanted != !given || (wanted && ASN1_OCTET_STRING_cmp(wanted, given) != 0))
        return "its alternative names are not the ones that were asked for";
    return NULL;
}

/* Joins the certificates to build a chain with, which stay borrowed; the caller frees the stack. NULL without memory. */
static STACK_OF(X509) * join_untrusted(STACK_OF(X509) * received, STACK_OF(X509) * helpers)
{
    STACK_OF(X509) *all = sk_X509_dup(received);

    for (int i = 0; all && i < sk_X509_num(helpers); i++)
        if (!sk_X509_push(all, sk_X509_value(helpers, i))) {
            sk_X509_free(all);
            return NULL;
        }
    return all;
}

static void borrowed_freep(STACK_OF(X509) * *stack)
{
    sk_X509_free(*stack);
}

/* Returns the issuer of a certificate among the others, a root rather than another; NULL if it is not there. */
static X509 *find_issuer(X509 *certificate, STACK_OF(X509) * others)
{
    X509 *found = NULL;

    for (int i = 0; i < sk_X509_num(others); i++) {
        X509 *other = sk_X509_value(others, i);
        EVP_PKEY *key = X509_get0_pubkey(other);

        if (X509_check_issued(other, certificate) != X509_V_OK || !key || X509_verify(certificate, key) != 1)
            continue;
        if (X509_self_signed(other, 0) == 1)
            return other;
        if (!found)
            found = other;
    }
    return found;
}

static bool has_certificate(STACK_OF(X509) * stack, const X509 *certificate)
{
    for (int i = 0; i < sk_X509_num(stack); i++)
        if (X509_cmp(sk_X509_value(stack, i), certificate) == 0)
            return true;
    return false;
}

/* Appends what is above the anchor that the verification ended at, for a server that knows the root alone. */
static int extend_chain(STACK_OF(X509) * chain, STACK_OF(X509) * more, STACK_OF(X509) * anchors)
{
    while (sk_X509_num(chain) < CHAIN_MAX) {
        X509 *last = sk_X509_value(chain, sk_X509_num(chain) - 1), *issuer;

        if (X509_self_signed(last, 0) == 1)
            break;
        issuer = find_issuer(last, anchors);
        if (!issuer)
            issuer = find_issuer(last, more);
        if (!issuer || has_certificate(chain, issuer))
            break;
        if (!sk_X509_push(chain, issuer))
            return -ENOMEM;
        X509_up_ref(issuer);
    }
    ERR_clear_error();
    return 0;
}

/* Returns 0 and the chain, 1 and why there is none, or -ENOMEM. */
static int build_chain(X509 *leaf, STACK_OF(X509) * received, const struct certificate_expectation *expected,
    STACK_OF(X509) * *ret_chain, const char **ret_why)
{
    _cleanup_(store_freep) X509_STORE *store = X509_STORE_new();
    _cleanup_(store_context_freep) X509_STORE_CTX *context = X509_STORE_CTX_new();
    _cleanup_(borrowed_freep) STACK_OF(X509) *more = join_untrusted(received, expected->helpers);
    time_t not_before = certificate_not_before(leaf);

    if (!store || !context || !more)
        return -ENOMEM;
    for (int i = 0; i < sk_X509_num(expected->anchors); i++)
        if (!X509_STORE_add_cert(store, sk_X509_value(expected->anchors, i)))
            return -ENOMEM;
    if (!X509_STORE_CTX_init(context, store, leaf, more))
        return -ENOMEM;

    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(context);
    if (!X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_CLIENT) ||
        /* Each anchor is trusted by itself: /cacerts may hold the issuing CA without its root. */
        !X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN))
        return -ENOMEM;
    /* Level 2 demands 112 bits: no SHA-1 and no RSA below 2048 anywhere in the chain. */
    X509_VERIFY_PARAM_set_auth_level(param, 2);
    X509_VERIFY_PARAM_set_time(param, not_before > expected->now ? not_before : expected->now);

    int good = X509_verify_cert(context);
    ERR_clear_error();
    if (good <= 0) {
        *ret_why = X509_verify_cert_error_string(X509_STORE_CTX_get_error(context));
        return 1;
    }
    _cleanup_x509_stack_ STACK_OF(X509) *chain = X509_STORE_CTX_get1_chain(context);
    if (!chain || extend_chain(chain, more, expected->anchors) < 0)
        return -ENOMEM;
    *ret_chain = TAKE_PTR(chain);
    return 0;
}

int certificate_check_issued(STACK_OF(X509) * received, const struct certificate_expectation *expected,
    STACK_OF(X509) * *ret_chain, struct failure *failure)
{
    X509 *leaf = find_certificate_of(received, expected->key);
    const char *why;

    if (!leaf)
        return failure_set(failure, REASON_CERTIFICATE_UNUSABLE,
            "The EST server sent %s, none of which holds our key.",
            count_text(sk_X509_num(received), "certificate").text);

    why = check_usage(leaf);
    if (!why)
        why = check_validity(leaf, expected);
    if (!why)
        why = check_names(leaf, expected);
    if (why)
        return refuse_certificate(failure, leaf, why);

    int r = build_chain(leaf, received, expected, ret_chain, &why);
    if (r > 0) {
        char text[192];
        snprintf(text, sizeof(text), "it does not chain to the trust anchors (%s)", why);
        return refuse_certificate(failure, leaf, text);
    }
    return r;
}

/* Returns why a trust anchor can't be used, NULL if it can. */
static const char *find_anchor_flaw(X509 *anchor, time_t now)
{
    uint32_t flags = X509_get_extension_flags(anchor);
    EVP_PKEY *key = X509_get0_pubkey(anchor);

    if (flags & EXFLAG_INVALID)
        return "one of the extensions of this trust anchor is malformed";
    /* 1: a CA by its basic constraints. Other values are guesses about old certificates. */
    if (X509_check_ca(anchor) != 1)
        return "a trust anchor has to be a CA certificate";
    if (flags & EXFLAG_CRITICAL)
        return "this trust anchor has a critical extension that is not known here";
    if (!key || public_key_flaw(anchor) || EVP_PKEY_get_security_bits(key) < KEY_SECURITY_BITS_MIN)
        return "the key of this trust anchor is not known here, or too weak";
    if (certificate_not_before(anchor) > now + CLOCK_TOLERANCE)
        return "this trust anchor is not valid yet";
    if (certificate_not_after(anchor) <= now)
        return "this trust anchor has expired";
    /* Last, for what it costs. */
    if (!public_key_is_sound(key))
        return "the numbers of this trust anchor's key are those of none, or too large";
    return NULL;
}

static void log_left_out(const X509 *anchor, const char *why)
{
    char subject[128], fingerprint[FINGERPRINT_SIZE];

    certificate_name(X509_get_subject_name(anchor), subject, sizeof(subject));
    certificate_fingerprint(anchor, fingerprint);
    log_warning("A CA certificate of the EST server is left out, %s: %s, SHA-256 %s.", why,
        *subject ? subject : "an empty subject", fingerprint);
}

int certificate_select_anchors(
    STACK_OF(X509) * received, time_t now, STACK_OF(X509) * *ret, struct failure *failure)
{
    _cleanup_x509_stack_ STACK_OF(X509) *usable = sk_X509_new_null();
    int n = sk_X509_num(received);
    _cleanup_free_ const char **flaws = calloc((size_t)n + 1, sizeof(*flaws));

    if (!usable || !flaws)
        return -ENOMEM;
    for (int i = 0; i < n; i++) {
        X509 *anchor = sk_X509_value(received, i);

        flaws[i] = find_anchor_flaw(anchor, now);
        if (flaws[i])
            continue;
        if (!sk_X509_push(usable, anchor))
            return -ENOMEM;
        X509_up_ref(anchor);
    }
    ERR_clear_error();
    if (sk_X509_num(usable) == 0)
        return n > 0 ? refuse_certificate(failure, sk_X509_value(received, 0), flaws[0])
                     : failure_set(
                           failure, REASON_CERTIFICATE_UNUSABLE, "The EST server has no CA certificate.");
    for (int i = 0; i < n; i++)
        if (flaws[i])
            log_left_out(sk_X509_value(received, i), flaws[i]);
    *ret = TAKE_PTR(usable);
    return 0;
}
