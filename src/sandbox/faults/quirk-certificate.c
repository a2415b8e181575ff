#include "common/memory.h"
#include "sandbox/faults/quirk.h"
#include "sandbox/sandbox.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define HOUR 3600
#define MANY 100
#define HUGE_SIZE (2 * 1024 * 1024)

static int foreign_key(struct issue *issue)
{
    int r = issue->own_key ? 0 : certificate_make_key(&issue->own_key);

    if (r >= 0)
        r = certificate_make_public_key(issue->own_key, &issue->other_key);
    if (r >= 0)
        issue->profile.key = issue->other_key;
    return r;
}

static int ca_certificate(struct issue *issue)
{
    issue->profile.kind = CERTIFICATE_ISSUING;
    return 0;
}

static int server_only(struct issue *issue)
{
    issue->profile.purpose = GNUTLS_KP_TLS_WWW_SERVER;
    return 0;
}

static int no_usage(struct issue *issue)
{
    issue->profile.no_usage = true;
    return 0;
}

static int expired(struct issue *issue)
{
    issue->profile.not_before = time(NULL) - 2 * HOUR;
    issue->profile.not_after = time(NULL) - HOUR;
    return 0;
}

static int not_yet(struct issue *issue)
{
    issue->profile.not_before = time(NULL) + HOUR;
    return 0;
}

static int sha1(struct issue *issue)
{
    issue->profile.digest = GNUTLS_DIG_SHA1;
    return 0;
}

/* It has the name and the key identifier of the real one, so that only the signature tells. */
static int other_issuer(struct issue *issue)
{
    int r = authority_make(DEVICE_ISSUING_NAME, NULL, HOUR, &issue->other_ca);

    if (r < 0)
        return r;
    issue->profile.key_id_of = issue->ca->certificate;
    issue->ca = &issue->other_ca;
    return 0;
}

static int brief(struct issue *issue)
{
    issue->profile.not_after -= (issue->profile.not_after - time(NULL)) * 9 / 10;
    return 0;
}

static int renamed(struct issue *issue)
{
    issue->profile.renamed = true;
    return 0;
}

static const struct fault_word defects[] = {
    { "foreign-key", "for another key", .issue = foreign_key },
    { "ca", "with CA:TRUE", .issue = ca_certificate },
    { "server-only", "for servers only", .issue = server_only },
    { "no-usage", "without usage and extended usage (not a defect)", .issue = no_usage },
    { "expired", "that has expired", .issue = expired },
    { "not-yet", "that is not valid yet", .issue = not_yet },
    { "sha1", "signed with SHA-1", .issue = sha1 },
    { "other-issuer", "by another key under the same name", .issue = other_issuer },
    { "brief", "with a tenth of the life", .issue = brief },
    { "renamed", "with a subject and alternative names that the CA thought of (not a defect)",
        .issue = renamed },
    { NULL },
};

static size_t find(const struct chain *chain, gnutls_x509_crt_t certificate)
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

static int leaf_last(const struct sandbox *sandbox, struct chain *chain)
{
    (void)sandbox;
    if (chain->n > 1)
        chain_move(chain, 0, chain->n - 1);
    return 0;
}

static int duplicates(const struct sandbox *sandbox, struct chain *chain)
{
    int r = 0;

    (void)sandbox;
    for (size_t i = 0, n = chain->n; i < n && r >= 0; i++)
        r = chain_repeat(chain, i);
    return r;
}

static int with_root(const struct sandbox *sandbox, struct chain *chain)
{
    return chain_add(chain, sandbox->authorities.root.certificate);
}

static int without_issuer(const struct sandbox *sandbox, struct chain *chain)
{
    chain_drop(chain, find(chain, sandbox->authorities.issuing.certificate));
    chain_drop(chain, find(chain, sandbox->authorities.new_issuing.certificate));
    return 0;
}

/* Adds a root that nobody knows, so many times with new serial numbers, and a copy of the last one so many
 * times more. */
static int add_foreign(struct chain *chain, int64_t validity, size_t n, size_t copies)
{
    struct authority foreign = { NULL, NULL };
    struct certificate_profile profile = { .kind = CERTIFICATE_ROOT, .common_name = "Foreign Root CA" };
    int r;

    r = authority_make(profile.common_name, NULL, validity, &foreign);
    if (r >= 0)
        r = certificate_make_public_key(foreign.key, &profile.key);
    profile.not_before = time(NULL) - 2 * HOUR;
    profile.not_after = time(NULL) + validity;
    for (size_t i = 0; i < n && r >= 0; i++) {
        gnutls_x509_crt_t certificate;

        r = certificate_make(&profile, &foreign, &certificate);
        if (r < 0)
            break;
        r = chain_add(chain, certificate);
        gnutls_x509_crt_deinit(certificate);
    }
    for (size_t i = 0; i < copies && r >= 0; i++)
        r = chain_repeat(chain, chain->n - 1);
    if (profile.key)
        gnutls_pubkey_deinit(profile.key);
    authority_done(&foreign);
    return r;
}

static int with_foreign(const struct sandbox *sandbox, struct chain *chain)
{
    int r = add_foreign(chain, 24 * HOUR, 2, 0);

    (void)sandbox;
    if (r >= 0)
        chain_move(chain, chain->n - 1, 0);
    return r;
}

static int foreign_only(const struct sandbox *sandbox, struct chain *chain)
{
    (void)sandbox;
    chain_done(chain);
    return add_foreign(chain, 24 * HOUR, 1, 0);
}

static int hundred(const struct sandbox *sandbox, struct chain *chain)
{
    (void)sandbox;
    return add_foreign(chain, 24 * HOUR, MANY, 0);
}

static int huge(const struct sandbox *sandbox, struct chain *chain)
{
    (void)sandbox;
    return chain->n == 0 ? 0 : add_foreign(chain, 24 * HOUR, 1, HUGE_SIZE / chain->certificates[0].size);
}

static int with_expired(const struct sandbox *sandbox, struct chain *chain)
{
    (void)sandbox;
    return add_foreign(chain, -HOUR, 1, 0);
}

/* The sandbox's own TLS certificates are not at hand here; any that is no CA will do. */
static int with_leaf(const struct sandbox *sandbox, struct chain *chain)
{
    struct certificate_profile profile = {
        .kind = CERTIFICATE_SERVER,
        .common_name = "ca.example.org",
        .not_before = time(NULL) - HOUR,
        .not_after = time(NULL) + HOUR,
    };
    gnutls_x509_crt_t certificate;
    int r;

    r = certificate_make_public_key(sandbox->authorities.issuing.key, &profile.key);
    if (r < 0)
        return r;
    r = certificate_make(&profile, &sandbox->authorities.issuing, &certificate);
    gnutls_pubkey_deinit(profile.key);
    if (r < 0)
        return r;
    r = chain_add(chain, certificate);
    gnutls_x509_crt_deinit(certificate);
    return r;
}

static int nothing(const struct sandbox *sandbox, struct chain *chain)
{
    (void)sandbox;
    chain_done(chain);
    return 0;
}

static const struct fault_word chains[] = {
    { "leaf-last", "the first certificate comes last", .compose = leaf_last },
    { "duplicates", "each certificate twice", .compose = duplicates },
    { "with-root", "the root, too", .compose = with_root },
    { "without-issuer", "not the issuing CA's", .compose = without_issuer },
    { "with-foreign", "foreign roots around them", .compose = with_foreign },
    { "foreign-only", "a foreign root in their place", .compose = foreign_only },
    { "hundred", "a hundred foreign roots more", .compose = hundred },
    { "huge", "2 MiB of certificates", .compose = huge },
    { "with-expired", "an expired root, too", .compose = with_expired },
    { "with-leaf", "one that is no CA's, too", .compose = with_leaf },
    { "empty", "none", .compose = nothing },
    { NULL },
};

static const struct fault_word links[] = {
    { "unlinked", "that nothing links to the old one", .number = REPLACED },
    { "new-with-old", "with the new root certified by the old one", .number = REPLACED | LINK_NEW_WITH_OLD },
    { "old-with-new", "with the old root certified by the new one", .number = REPLACED | LINK_OLD_WITH_NEW },
    { "cross", "with both", .number = REPLACED | LINK_NEW_WITH_OLD | LINK_OLD_WITH_NEW },
    { NULL },
};

const struct fault_kind certificate_kinds[] = {
    { "issue", VALUE_LIST, PLACE_EST, STAGE_ISSUE, NULL, "issue a certificate", defects },
    { "chain", VALUE_LIST, PLACE_EST, STAGE_CHAIN, NULL, "send other certificates", chains },
    { "replace-ca", VALUE_WORD, PLACE_EST, STAGE_ASKED, NULL, "use a new root and a new issuing CA", links },
    { NULL },
};

int fault_number(const struct request *request, const char *kind)
{
    const struct fault_word *word;

    return fault_find_words(request->faults, STAGE_ASKED, kind, &word, 1) ? word->number : 0;
}
