#include "worker/x509/trust-anchors.h"

#include <errno.h>

static bool signed_by(X509 *certificate, X509 *issuer)
{
    EVP_PKEY *key = X509_get0_pubkey(issuer);

    return key && X509_verify(certificate, key) == 1;
}

static bool same_key(const X509 *a, const X509 *b)
{
    EVP_PKEY *first = X509_get0_pubkey(a), *second = X509_get0_pubkey(b);

    return first && second && EVP_PKEY_eq(first, second) == 1;
}

/* True if a certificate that links makes the other one link. */
static bool vouches(X509 *linked, X509 *other)
{
    return same_key(linked, other) || signed_by(other, linked);
}

/* True if a known certificate makes the other one link. It also vouches for its issuer: it was trusted with the signature
 * in it. */
static bool known_vouches(X509 *known, X509 *other)
{
    return vouches(known, other) || signed_by(known, other);
}

static bool has_fingerprint(const X509 *certificate, const char *fingerprint)
{
    char own[FINGERPRINT_SIZE];

    certificate_fingerprint(certificate, own);
    return *fingerprint && streq(own, fingerprint);
}

/* Marks the anchors that link. more_known is the anchor of the fingerprint, or NULL. */
static void mark_linked(STACK_OF(X509) * anchors, STACK_OF(X509) * known, X509 *more_known, bool *linked)
{
    bool changed = true;
    int n = sk_X509_num(anchors);

    for (int i = 0; i < n; i++) {
        X509 *anchor = sk_X509_value(anchors, i);

        for (int j = 0; !linked[i] && j < sk_X509_num(known); j++)
            linked[i] = known_vouches(sk_X509_value(known, j), anchor);
        if (!linked[i] && more_known)
            linked[i] = anchor == more_known || known_vouches(more_known, anchor);
    }
    while (changed) {
        changed = false;
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n && linked[i]; j++)
                if (!linked[j] && vouches(sk_X509_value(anchors, i), sk_X509_value(anchors, j)))
                    linked[j] = changed = true;
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
    int n = sk_X509_num(anchors);
    _cleanup_free_ bool *linked = calloc((size_t)n, sizeof(*linked));
    X509 *pinned = NULL;

    if (!linked)
        return -ENOMEM;
    if (sk_X509_num(known) <= 0 && !*fingerprint)
        return 0;
    for (int i = 0; i < n && !pinned; i++)
        if (has_fingerprint(sk_X509_value(anchors, i), fingerprint))
            pinned = sk_X509_value(anchors, i);

    mark_linked(anchors, known, pinned, linked);
    ERR_clear_error();
    const X509 *unknown = find_unlinked(anchors, linked);
    return unknown ? refuse_anchor(unknown, *fingerprint != 0, failure) : 0;
}
