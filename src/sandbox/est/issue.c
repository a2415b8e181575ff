#include "sandbox/est/issue.h"

#include "common/memory.h"
#include "sandbox/faults/quirk.h"
#include "sandbox/faults/words.h"

#include <time.h>

/* A device whose clock is a little behind must not get a certificate that is not valid yet. */
#define BACKDATE 60

static void release_issue(struct issue *issue)
{
    if (issue->other_key)
        gnutls_pubkey_deinit(issue->other_key);
    if (issue->own_key)
        gnutls_x509_privkey_deinit(issue->own_key);
    authority_done(&issue->other_ca);
}

static int apply_issue_faults(const struct fault_set *faults, struct issue *issue)
{
    const struct fault_word *words[WORD_LIMIT];
    size_t n = fault_find_words(faults, STAGE_ISSUE, NULL, words, ELEMENTS(words));
    int r = 0;

    for (size_t i = 0; i < n && r >= 0; i++)
        r = words[i]->issue(issue);
    return r;
}

static int apply_chain_faults(const struct call *call, struct chain *chain)
{
    const struct fault_word *words[WORD_LIMIT];
    size_t n = fault_find_words(call->faults, STAGE_CHAIN, NULL, words, ELEMENTS(words));
    int r = 0;

    for (size_t i = 0; i < n && r >= 0; i++)
        r = words[i]->compose(&call->cloud->authorities, chain);
    return r;
}

static void limit_life(struct certificate_profile *profile, gnutls_x509_crt_t current, gnutls_x509_crt_t ca)
{
    if (current && profile->not_after <= gnutls_x509_crt_get_expiration_time(current))
        profile->not_after = gnutls_x509_crt_get_expiration_time(current) + 1;
    /* a certificate that outlives its CA would be useless from that day on */
    if (profile->not_after > gnutls_x509_crt_get_expiration_time(ca))
        profile->not_after = gnutls_x509_crt_get_expiration_time(ca);
}

static const struct authority *find_issuer(const struct call *call)
{
    const struct authorities *all = &call->cloud->authorities;

    if (fault_number(call->faults, "replace-ca"))
        return &all->new_issuing;
    return fault_find(call->faults, "two-levels") ? &all->second_issuing : &all->issuing;
}

int issue_certificate(const struct call *call, const char *common_name, gnutls_pubkey_t key,
    gnutls_x509_crt_t current, struct chain *chain, struct issued *ret)
{
    const struct authorities *authorities = &call->cloud->authorities;
    const struct authority *ca = find_issuer(call);
    int64_t now = time(NULL), validity = call->cloud->settings.certificate_validity;
    gnutls_x509_crt_t certificate;
    _cleanup_(release_issue) struct issue issue = {
        .profile = {
            .kind = CERTIFICATE_DEVICE,
            .common_name = common_name,
            .key = key,
            /* less if the whole life is only seconds: a device reckons from here when to renew */
            .not_before = now - (validity / 10 < BACKDATE ? validity / 10 : BACKDATE),
            .not_after = now + validity,
        },
        .ca = ca,
    };
    int r;

    limit_life(&issue.profile, current, ca->certificate);
    r = apply_issue_faults(call->faults, &issue);
    if (r >= 0)
        r = certificate_make(&issue.profile, issue.ca, &certificate);
    if (r < 0)
        return r;
    ret->expires = issue.profile.not_after;
    r = certificate_read_serial(certificate, ret->serial);
    if (r >= 0)
        r = chain_add(chain, certificate);
    gnutls_x509_crt_deinit(certificate);
    if (r >= 0)
        r = chain_add(chain, ca->certificate);
    if (r >= 0 && ca == &authorities->second_issuing)
        r = chain_add(chain, authorities->issuing.certificate);
    return r < 0 ? r : apply_chain_faults(call, chain);
}

/* Adds a certificate of the subject, a root, that the other root signs. */
static int link_roots(const struct authority *subject, const struct authority *issuer, struct chain *chain)
{
    const struct certificate_profile profile = {
        .kind = CERTIFICATE_ROOT,
        .common_name = DEVICE_ROOT_NAME,
        .not_before = gnutls_x509_crt_get_activation_time(subject->certificate),
        .not_after = gnutls_x509_crt_get_expiration_time(subject->certificate),
    };

    return chain_add_made(chain, &profile, subject->key, issuer);
}

int issue_anchors(const struct call *call, struct chain *chain)
{
    const struct authorities *all = &call->cloud->authorities;
    int links = fault_number(call->faults, "replace-ca"), r = 0;

    if (find_issuer(call) == &all->second_issuing)
        r = chain_add(chain, all->second_issuing.certificate);
    if (r >= 0)
        r = chain_add(chain, links ? all->new_issuing.certificate : all->issuing.certificate);
    if (r >= 0)
        r = chain_add(chain, links ? all->new_root.certificate : all->root.certificate);
    if (r >= 0 && links & LINK_NEW_WITH_OLD)
        r = link_roots(&all->new_root, &all->root, chain);
    if (r >= 0 && links & LINK_OLD_WITH_NEW)
        r = link_roots(&all->root, &all->new_root, chain);
    return r < 0 ? r : apply_chain_faults(call, chain);
}
