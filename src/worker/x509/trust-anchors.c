#include "worker/x509/trust-anchors.h"

#include "worker/x509/public-key.h"

#include <errno.h>

enum {
    SIGNATURE_BITS_MIN = 112, /* no SHA-1: its collisions make one signature good for two certificates */
};

static bool has_same_name_constraints(const X509 *certificate, const X509 *issuer)
{
    int place = X509_get_ext_by_NID(issuer, NID_name_constraints, -1), own;

    if (place < 0)
        return true;
    own = X509_get_ext_by_NID(certificate, NID_name_constraints, -1);
    return own >= 0 && ASN1_OCTET_STRING_cmp(X509_EXTENSION_get_data(X509_get_ext(issuer, place)),
                           X509_EXTENSION_get_data(X509_get_ext(certificate, own))) == 0;
}

/* True if the certificate keeps the limits of the one whose key has signed it. As an anchor it would be free of them. */
static bool keeps_limits(X509 *certificate, X509 *issuer, bool same_key)
{
    if (X509_get_pathlen(issuer) == 0 && (!same_key || X509_get_pathlen(certificate) != 0))
        return false;
    return has_same_name_constraints(certificate, issuer);
}

static bool has_strong_signature(X509 *certificate)
{
    int bits = 0;

    return X509_get_signature_info(certificate, NULL, NULL, &bits, NULL) && bits >= SIGNATURE_BITS_MIN;
}

/* True if a certificate that links makes the other one link. Names are compared first, since they cost least: the other one
 * names the signer as its issuer, or is a root of the same key under another name. */
static bool vouches(X509 *linked, X509 *other, unsigned *signatures)
{
    EVP_PKEY *key = X509_get0_pubkey(linked), *own = X509_get0_pubkey(other);
    bool same_key = key && own && EVP_PKEY_eq(key, own) == 1;
    const X509_NAME *issuer = X509_get_issuer_name(other);

    if (!key || (X509_NAME_cmp(issuer, X509_get_subject_name(linked)) != 0 &&
                    !(same_key && X509_NAME_cmp(issuer, X509_get_subject_name(other)) == 0)))
        return false;
    if (X509_check_ca(linked) <= 0 || public_key_flaw(linked) || !has_strong_signature(other) ||
        !keeps_limits(other, linked, same_key) || *signatures >= TRUST_ANCHORS_SIGNATURES_MAX)
        return false;
    (*signatures)++;
    return X509_verify(other, key) == 1;
}

static bool has_fingerprint(const X509 *certificate, const char *fingerprint)
{
    char own[FINGERPRINT_SIZE];

    certificate_fingerprint(certificate, own);
    return *fingerprint && streq(own, fingerprint);
}

/* Marks the anchors that a known certificate makes link. */
static void mark_known(STACK_OF(X509) * anchors, STACK_OF(X509) * known, const char *fingerprint,
    bool *linked, unsigned *signatures)
{
    int n = sk_X509_num(anchors), n_known = sk_X509_num(known);

    for (int i = 0; i < n; i++) {
        linked[i] = has_fingerprint(sk_X509_value(anchors, i), fingerprint);
        for (int j = 0; !linked[i] && j < n_known; j++)
            linked[i] = X509_cmp(sk_X509_value(known, j), sk_X509_value(anchors, i)) == 0;
    }
    for (int i = 0; i < n; i++)
        for (int j = 0; !linked[i] && j < n_known; j++)
            linked[i] = vouches(sk_X509_value(known, j), sk_X509_value(anchors, i), signatures);
}

/* Marks the anchors that others make link; each pair is tried once. */
static void mark_followers(STACK_OF(X509) * anchors, bool *linked, bool *done, unsigned *signatures)
{
    bool changed = true;
    int n = sk_X509_num(anchors);

    while (changed) {
        changed = false;
        for (int i = 0; i < n; i++) {
            if (!linked[i] || done[i])
                continue;
            done[i] = changed = true;
            for (int j = 0; j < n; j++)
                if (!linked[j])
                    linked[j] = vouches(sk_X509_value(anchors, i), sk_X509_value(anchors, j), signatures);
        }
    }
}

static int refuse_anchor(const X509 *anchor, bool pinned, struct failure *failure)
{
    char subject[160], fingerprint[FINGERPRINT_SIZE];

    certificate_name(X509_get_subject_name(anchor), subject, sizeof(subject));
    certificate_fingerprint(anchor, fingerprint);
    return failure_set(failure, REASON_CERTIFICATE_UNUSABLE,
        "The EST server has a trust anchor that %s: %s, SHA-256 %s. If it is the right one, set "
        "est.fingerprint to this value.",
        pinned ? "neither has the configured fingerprint nor links to one that is known"
               : "does not link to one that is known",
        *subject ? subject : "an empty subject", fingerprint);
}

/* Returns the anchor for the message, preferring a root to what is below it; NULL if all link. */
static const X509 *find_unlinked(STACK_OF(X509) * anchors, const bool *linked)
{
    const X509 *found = NULL;

    for (int i = 0; i < sk_X509_num(anchors); i++) {
        X509 *anchor = sk_X509_value(anchors, i);

        if (linked[i])
            continue;
        if (X509_self_signed(anchor, 0) == 1)
            return anchor;
        if (!found)
            found = anchor;
    }
    return found;
}

int trust_anchors_check_link(
    STACK_OF(X509) * anchors, STACK_OF(X509) * known, const char *fingerprint, struct failure *failure)
{
    size_t n = (size_t)sk_X509_num(anchors);
    _cleanup_free_ bool *linked = calloc(n, sizeof(*linked)), *done = calloc(n, sizeof(*done));
    unsigned signatures = 0;

    if (!linked || !done)
        return -ENOMEM;
    if (sk_X509_num(known) <= 0 && !*fingerprint)
        return 0;

    mark_known(anchors, known, fingerprint, linked, &signatures);
    mark_followers(anchors, linked, done, &signatures);
    ERR_clear_error();
    const X509 *unknown = find_unlinked(anchors, linked);
    return unknown ? refuse_anchor(unknown, *fingerprint != 0, failure) : 0;
}
