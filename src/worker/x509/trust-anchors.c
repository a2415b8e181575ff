#include "worker/x509/trust-anchors.h"

#include "worker/x509/public-key.h"

#include <errno.h>
#include <limits.h>

enum {
    SIGNATURE_BITS_MIN = 112, /* no SHA-1: its collisions make one signature good for two certificates */
    NOT_LINKED = -1,
};

/* Returns the number of CAs that may follow one another below a certificate. */
static long path_length(X509 *certificate)
{
    long length = X509_get_pathlen(certificate);

    return length < 0 ? LONG_MAX : length;
}

/* Returns how many CAs may follow a certificate whose signer has so many left, NOT_LINKED if it may not follow itself. A
 * self-issued one does not count (RFC 5280, 6.1.4), but as an anchor it would be free of the signer's last limit. */
static long length_below(long left, X509 *certificate)
{
    bool self_issued = X509_get_extension_flags(certificate) & EXFLAG_SI;
    long own = path_length(certificate);

    if (left == 0)
        return self_issued && own == 0 ? 0 : NOT_LINKED;
    left -= !self_issued;
    return own < left ? own : left;
}

static bool has_same_extension(const X509 *certificate, const X509 *issuer, int nid)
{
    int place = X509_get_ext_by_NID(issuer, nid, -1), own = X509_get_ext_by_NID(certificate, nid, -1);

    return place >= 0 && own >= 0 &&
           ASN1_OCTET_STRING_cmp(X509_EXTENSION_get_data(X509_get_ext(issuer, place)),
               X509_EXTENSION_get_data(X509_get_ext(certificate, own))) == 0;
}

static bool demands_policy(const X509 *issuer)
{
    POLICY_CONSTRAINTS *constraints = X509_get_ext_d2i(issuer, NID_policy_constraints, NULL, NULL);
    bool demands = constraints && constraints->requireExplicitPolicy;

    POLICY_CONSTRAINTS_free(constraints);
    return demands;
}

/* True if the certificate keeps the limits of the one whose key has signed it. As an anchor it would be free of them. */
static bool keeps_limits(const X509 *certificate, X509 *issuer)
{
    /* All bits are set where the extension is missing. */
    bool for_clients = X509_get_extended_key_usage(issuer) & (XKU_SSL_CLIENT | XKU_ANYEKU);

    if (X509_get_extension_flags(issuer) & (EXFLAG_CRITICAL | EXFLAG_INVALID))
        return false;
    if (!for_clients && !has_same_extension(certificate, issuer, NID_ext_key_usage))
        return false;
    if (demands_policy(issuer) && !has_same_extension(certificate, issuer, NID_policy_constraints))
        return false;
    return X509_get_ext_by_NID(issuer, NID_name_constraints, -1) < 0 ||
           has_same_extension(certificate, issuer, NID_name_constraints);
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
        !keeps_limits(other, linked) || *signatures >= TRUST_ANCHORS_SIGNATURES_MAX)
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

/* Links an anchor to a certificate below which so many CAs may follow. A link that leaves more replaces one that leaves
 * less. */
static void link_to(X509 *signer, long left, X509 *anchor, long *link, unsigned *signatures)
{
    long below = length_below(left, anchor);

    if (below > *link && vouches(signer, anchor, signatures))
        *link = below;
}

/* Notes for each anchor how many CAs may follow it if a known certificate makes it link. */
static void link_to_known(STACK_OF(X509) * anchors, STACK_OF(X509) * known, const char *fingerprint,
    long *links, unsigned *signatures)
{
    int n = sk_X509_num(anchors), n_known = sk_X509_num(known);

    for (int i = 0; i < n; i++) {
        X509 *anchor = sk_X509_value(anchors, i);
        bool same = has_fingerprint(anchor, fingerprint);

        for (int j = 0; !same && j < n_known; j++)
            same = X509_cmp(sk_X509_value(known, j), anchor) == 0;
        links[i] = same ? path_length(anchor) : NOT_LINKED;
    }
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n_known; j++) {
            X509 *signer = sk_X509_value(known, j);

            link_to(signer, path_length(signer), sk_X509_value(anchors, i), &links[i], signatures);
        }
}

/* Returns the linked anchor below which the most CAs may follow, of those that are not done; -1 if all are. */
static int find_freest(const long *links, const bool *done, int n)
{
    int found = -1;

    for (int i = 0; i < n; i++)
        if (links[i] != NOT_LINKED && !done[i] && (found < 0 || links[i] > links[found]))
            found = i;
    return found;
}

/* Notes the same for the anchors that others make link; each pair is tried once. */
static void link_to_others(STACK_OF(X509) * anchors, long *links, bool *done, unsigned *signatures)
{
    int n = sk_X509_num(anchors);

    for (int i; (i = find_freest(links, done, n)) >= 0;) {
        done[i] = true;
        for (int j = 0; j < n; j++)
            if (!done[j])
                link_to(
                    sk_X509_value(anchors, i), links[i], sk_X509_value(anchors, j), &links[j], signatures);
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
static const X509 *find_unlinked(STACK_OF(X509) * anchors, const long *links)
{
    const X509 *found = NULL;

    for (int i = 0; i < sk_X509_num(anchors); i++) {
        X509 *anchor = sk_X509_value(anchors, i);

        if (links[i] != NOT_LINKED)
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
    _cleanup_free_ long *links = calloc(n, sizeof(*links));
    _cleanup_free_ bool *done = calloc(n, sizeof(*done));
    unsigned signatures = 0;

    if (!links || !done)
        return -ENOMEM;
    if (sk_X509_num(known) <= 0 && !*fingerprint)
        return 0;

    link_to_known(anchors, known, fingerprint, links, &signatures);
    link_to_others(anchors, links, done, &signatures);
    ERR_clear_error();
    const X509 *unknown = find_unlinked(anchors, links);
    return unknown ? refuse_anchor(unknown, *fingerprint != 0, failure) : 0;
}
