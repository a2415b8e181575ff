#include "common/memory.h"
#include "sandbox/faults/kinds.h"
#include "sandbox/faults/quirk.h"
#include "sandbox/x509/authority.h"
#include "sandbox/x509/chain.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define HOUR 3600
#define MANY 100
#define HUGE_SIZE (2 * 1024 * 1024)

static int use_foreign_key(struct issue *issue)
{
    int r = issue->own_key ? 0 : certificate_make_key(&issue->own_key);

    if (r >= 0)
        r = certificate_make_public_key(issue->own_key, &issue->other_key);
    if (r >= 0)
        issue->profile.key = issue->other_key;
    return r;
}

static int make_ca(struct issue *issue)
{
    issue->profile.kind = CERTIFICATE_ISSUING;
    return 0;
}

static int limit_to_servers(struct issue *issue)
{
    issue->profile.purpose = GNUTLS_KP_TLS_WWW_SERVER;
    return 0;
}

static int drop_usage(struct issue *issue)
{
    issue->profile.no_usage = true;
    return 0;
}

static int set_expired(struct issue *issue)
{
    issue->profile.not_before = time(NULL) - 2 * HOUR;
    issue->profile.not_after = time(NULL) - HOUR;
    return 0;
}

static int set_not_yet(struct issue *issue)
{
    issue->profile.not_before = time(NULL) + HOUR;
    return 0;
}

static int sign_with_sha1(struct issue *issue)
{
    issue->profile.digest = GNUTLS_DIG_SHA1;
    return 0;
}

/* Takes the name and the key identifier of the real issuer, so that only the signature gives it away. */
static int use_other_issuer(struct issue *issue)
{
    int r = authority_make(DEVICE_ISSUING_NAME, NULL, HOUR, &issue->other_ca);

    if (r < 0)
        return r;
    issue->profile.key_id_of = issue->ca->certificate;
    issue->ca = &issue->other_ca;
    return 0;
}

static int shorten_life(struct issue *issue)
{
    issue->profile.not_after -= (issue->profile.not_after - time(NULL)) * 9 / 10;
    return 0;
}

/* The CA has this end for every certificate. */
static int cap_life(struct issue *issue)
{
    issue->profile.not_after = gnutls_x509_crt_get_expiration_time(issue->ca->certificate);
    return 0;
}

/* RFC 5280, 4.1.2.5: no well-defined end. */
static int set_no_end(struct issue *issue)
{
    issue->profile.not_after = CERTIFICATE_NO_END;
    return 0;
}

static int rename_subject(struct issue *issue)
{
    issue->profile.renamed = true;
    return 0;
}

static const struct fault_word defects[] = {
    { "foreign-key", "for another key", .issue = use_foreign_key },
    { "ca", "with CA:TRUE", .issue = make_ca },
    { "server-only", "for servers only", .issue = limit_to_servers },
    { "no-usage", "without key usage and extended key usage (not a defect)", .issue = drop_usage },
    { "expired", "that has expired", .issue = set_expired },
    { "not-yet", "that is not valid yet", .issue = set_not_yet },
    { "sha1", "signed with SHA-1", .issue = sign_with_sha1 },
    { "other-issuer", "by another key under the same name", .issue = use_other_issuer },
    { "brief", "with a tenth of the validity", .issue = shorten_life },
    { "capped", "that ends with its CA, like the one before (not a defect)", .issue = cap_life },
    { "no-end", "that ends with the year 9999 (not a defect)", .issue = set_no_end },
    { "renamed", "with a subject and alternative names that the CA chose (not a defect)",
        .issue = rename_subject },
    { NULL },
};

static size_t find_certificate(const struct chain *chain, gnutls_x509_crt_t certificate)
{
    gnutls_datum_t der = { NULL, 0 };
    size_t i = 0;

    if (gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_DER, &der) < 0)
        return chain->n;
    while (i < chain->n && (chain->certificates[i].size != der.size ||
                               memcmp(chain->certificates[i].data, der.data, der.size) != 0))
        i++;
    gnutls_free(der.data);
    return i;
}

static int move_leaf_last(const struct authorities *authorities, struct chain *chain)
{
    (void)authorities;
    if (chain->n > 1)
        chain_move(chain, 0, chain->n - 1);
    return 0;
}

static int repeat_all(const struct authorities *authorities, struct chain *chain)
{
    int r = 0;

    (void)authorities;
    for (size_t i = 0, n = chain->n; i < n && r >= 0; i++)
        r = chain_repeat(chain, i);
    return r;
}

static int add_root(const struct authorities *authorities, struct chain *chain)
{
    return chain_add(chain, authorities->root.certificate);
}

static int drop_issuer(const struct authorities *authorities, struct chain *chain)
{
    chain_drop(chain, find_certificate(chain, authorities->issuing.certificate));
    chain_drop(chain, find_certificate(chain, authorities->second_issuing.certificate));
    chain_drop(chain, find_certificate(chain, authorities->new_issuing.certificate));
    return 0;
}

/* Adds n certificates of an unknown root, with different serial numbers, and copies of the last one. They are
 * valid from age seconds before now until the given seconds from now. */
static int add_foreign_from(struct chain *chain, int64_t age, int64_t validity, size_t n, size_t copies)
{
    const struct certificate_profile profile = {
        .kind = CERTIFICATE_ROOT,
        .common_name = "Foreign Root CA",
        .not_before = time(NULL) - age,
        .not_after = time(NULL) + validity,
    };
    struct authority foreign = { NULL, NULL };
    int r;

    r = authority_make(profile.common_name, NULL, validity, &foreign);
    for (size_t i = 0; i < n && r >= 0; i++)
        r = chain_add_made(chain, &profile, foreign.key, &foreign);
    for (size_t i = 0; i < copies && r >= 0; i++)
        r = chain_repeat(chain, chain->n - 1);
    authority_done(&foreign);
    return r;
}

static int add_foreign(struct chain *chain, int64_t validity, size_t n, size_t copies)
{
    return add_foreign_from(chain, 2 * HOUR, validity, n, copies);
}

static int surround_with_foreign(const struct authorities *authorities, struct chain *chain)
{
    int r = add_foreign(chain, 24 * HOUR, 2, 0);

    (void)authorities;
    if (r >= 0)
        chain_move(chain, chain->n - 1, 0);
    return r;
}

static int replace_with_foreign(const struct authorities *authorities, struct chain *chain)
{
    (void)authorities;
    chain_done(chain);
    return add_foreign(chain, 24 * HOUR, 1, 0);
}

static int add_hundred(const struct authorities *authorities, struct chain *chain)
{
    (void)authorities;
    return add_foreign(chain, 24 * HOUR, MANY, 0);
}

static int add_huge(const struct authorities *authorities, struct chain *chain)
{
    (void)authorities;
    return chain->n == 0 ? 0 : add_foreign(chain, 24 * HOUR, 1, HUGE_SIZE / chain->certificates[0].size);
}

static int add_expired(const struct authorities *authorities, struct chain *chain)
{
    (void)authorities;
    return add_foreign(chain, -HOUR, 1, 0);
}

static int add_next(const struct authorities *authorities, struct chain *chain)
{
    (void)authorities;
    return add_foreign_from(chain, -24 * HOUR, 48 * HOUR, 1, 0);
}

/* Any certificate that is no CA's will do: the server certificates are not at hand here. */
static int add_leaf(const struct authorities *authorities, struct chain *chain)
{
    const struct certificate_profile profile = {
        .kind = CERTIFICATE_SERVER,
        .common_name = "ca.example.org",
        .not_before = time(NULL) - HOUR,
        .not_after = time(NULL) + HOUR,
    };

    return chain_add_made(chain, &profile, authorities->issuing.key, &authorities->issuing);
}

static int drop_all(const struct authorities *authorities, struct chain *chain)
{
    (void)authorities;
    chain_done(chain);
    return 0;
}

static const struct fault_word chains[] = {
    { "leaf-last", "the first certificate last", .compose = move_leaf_last },
    { "duplicates", "each certificate twice", .compose = repeat_all },
    { "with-root", "also the root", .compose = add_root },
    { "without-issuer", "without the issuing CA", .compose = drop_issuer },
    { "with-foreign", "also foreign roots, before and after the others", .compose = surround_with_foreign },
    { "foreign-only", "a foreign root alone", .compose = replace_with_foreign },
    { "hundred", "also a hundred foreign roots", .compose = add_hundred },
    { "huge", "2 MiB of certificates", .compose = add_huge },
    { "with-expired", "also an expired root", .compose = add_expired },
    { "with-next", "also a root that is not valid yet", .compose = add_next },
    { "with-leaf", "also one that is not a CA's", .compose = add_leaf },
    { "empty", "no certificates", .compose = drop_all },
    { NULL },
};

static const struct fault_word links[] = {
    { "unlinked", "without a link to the old root", .number = REPLACED },
    { "new-with-old", "with the new root certified by the old one", .number = REPLACED | LINK_NEW_WITH_OLD },
    { "old-with-new", "with the old root certified by the new one", .number = REPLACED | LINK_OLD_WITH_NEW },
    { "cross", "with both links", .number = REPLACED | LINK_NEW_WITH_OLD | LINK_OLD_WITH_NEW },
    { NULL },
};

const struct fault_kind certificate_kinds[] = {
    { "issue", VALUE_LIST, PLACE_EST, STAGE_ISSUE, NULL, "issue a certificate", defects },
    { "chain", VALUE_LIST, PLACE_EST, STAGE_CHAIN, NULL, "send other certificates", chains },
    { "replace-ca", VALUE_WORD, PLACE_EST, STAGE_ASKED, NULL, "use a new root and a new issuing CA", links },
    { "two-levels", VALUE_NONE, PLACE_EST, STAGE_ASKED, NULL,
        "issue by a second issuing CA, which the first one certifies" },
    { NULL },
};
