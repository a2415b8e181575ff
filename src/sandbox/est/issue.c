#include "sandbox/est/issue.h"

#include "common/memory.h"
#include "sandbox/faults/quirk.h"

#include <errno.h>
#include <time.h>

/* A device whose clock is a little behind must not get a certificate that is not valid yet. */
#define BACKDATE 60

static void issue_p(struct issue *issue)
{
    if (issue->other_key)
        gnutls_pubkey_deinit(issue->other_key);
    if (issue->own_key)
        gnutls_x509_privkey_deinit(issue->own_key);
    authority_done(&issue->other_ca);
}

static int let_faults_act(const struct fault_set *faults, struct issue *issue)
{
    const struct fault_word *words[WORD_LIMIT];
    size_t n = fault_find_words(faults, STAGE_ISSUE, NULL, words, ELEMENTS(words));
    int r = 0;

    for (size_t i = 0; i < n && r >= 0; i++)
        r = words[i]->issue(issue);
    return r;
}

static int compose(const struct sandbox *sandbox, const struct fault_set *faults, struct chain *chain)
{
    const struct fault_word *words[WORD_LIMIT];
    size_t n = fault_find_words(faults, STAGE_CHAIN, NULL, words, ELEMENTS(words));
    int r = 0;

    for (size_t i = 0; i < n && r >= 0; i++)
        r = words[i]->compose(sandbox, chain);
    return r;
}

int issue_certificate(const struct sandbox *sandbox, const struct request *request, const char *common_name,
    gnutls_pubkey_t key, gnutls_x509_crt_t current, struct chain *chain, char *ret_serial,
    int64_t *ret_expires)
{
    bool replaced = fault_number(request, "replace-ca");
    const struct authority *ca = replaced ? &sandbox->authorities.new_issuing : &sandbox->authorities.issuing;
    int64_t now = time(NULL), validity = sandbox->settings.certificate_validity;
    gnutls_x509_crt_t certificate;
    _cleanup_(issue_p) struct issue issue = {
        .profile = {
            .kind = CERTIFICATE_DEVICE,
            .common_name = common_name,
            .key = key,
            /* less when the whole life is only seconds, since a device reckons from here when to renew */
            .not_before = now - (validity / 10 < BACKDATE ? validity / 10 : BACKDATE),
            .not_after = now + validity,
        },
        .ca = ca,
    };
    int r;

    if (current && issue.profile.not_after <= gnutls_x509_crt_get_expiration_time(current))
        issue.profile.not_after = gnutls_x509_crt_get_expiration_time(current) + 1;
    /* a certificate that outlives its CA would be of no use from that day on */
    if (issue.profile.not_after > gnutls_x509_crt_get_expiration_time(ca->certificate))
        issue.profile.not_after = gnutls_x509_crt_get_expiration_time(ca->certificate);
    r = let_faults_act(request->faults, &issue);
    if (r >= 0)
        r = certificate_make(&issue.profile, issue.ca, &certificate);
    if (r < 0)
        return r;
    r = certificate_read_serial(certificate, ret_serial);
    if (r >= 0)
        r = chain_add(chain, certificate);
    gnutls_x509_crt_deinit(certificate);
    if (r >= 0)
        r = chain_add(chain, ca->certificate);
    if (r >= 0)
        r = compose(sandbox, request->faults, chain);
    *ret_expires = issue.profile.not_after;
    return r;
}

/* Certifies the key of one root by the other. */
static int link_roots(const struct authority *subject, const struct authority *issuer, struct chain *chain)
{
    struct certificate_profile profile = {
        .kind = CERTIFICATE_ROOT,
        .common_name = DEVICE_ROOT_NAME,
        .not_before = gnutls_x509_crt_get_activation_time(subject->certificate),
        .not_after = gnutls_x509_crt_get_expiration_time(subject->certificate),
    };
    gnutls_x509_crt_t certificate;
    int r;

    r = certificate_make_public_key(subject->key, &profile.key);
    if (r < 0)
        return r;
    r = certificate_make(&profile, issuer, &certificate);
    gnutls_pubkey_deinit(profile.key);
    if (r < 0)
        return r;
    r = chain_add(chain, certificate);
    gnutls_x509_crt_deinit(certificate);
    return r;
}

int issue_anchors(const struct sandbox *sandbox, const struct request *request, struct chain *chain)
{
    const struct authorities *all = &sandbox->authorities;
    int links = fault_number(request, "replace-ca"), r;

    r = chain_add(chain, links ? all->new_issuing.certificate : all->issuing.certificate);
    if (r >= 0)
        r = chain_add(chain, links ? all->new_root.certificate : all->root.certificate);
    if (r >= 0 && links & LINK_NEW_WITH_OLD)
        r = link_roots(&all->new_root, &all->root, chain);
    if (r >= 0 && links & LINK_OLD_WITH_NEW)
        r = link_roots(&all->root, &all->new_root, chain);
    return r < 0 ? r : compose(sandbox, request->faults, chain);
}
