#include "sandbox/x509/chain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int add_copy(struct chain *chain, const void *data, size_t size)
{
    gnutls_datum_t *grown = reallocarray(chain->certificates, chain->n + 1, sizeof(*grown));
    unsigned char *copy;

    if (!grown)
        return -ENOMEM;
    chain->certificates = grown;
    copy = malloc(size);
    if (!copy)
        return -ENOMEM;
    memcpy(copy, data, size);
    chain->certificates[chain->n++] = (gnutls_datum_t){ copy, (unsigned)size };
    return 0;
}

int chain_add(struct chain *chain, gnutls_x509_crt_t certificate)
{
    gnutls_datum_t der = { NULL, 0 };
    int r;

    if (gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_DER, &der) < 0)
        return -EIO;
    r = add_copy(chain, der.data, der.size);
    gnutls_free(der.data);
    return r;
}

int chain_add_made(struct chain *chain, const struct certificate_profile *profile, gnutls_x509_privkey_t key,
    const struct authority *issuer)
{
    struct certificate_profile made = *profile;
    gnutls_x509_crt_t certificate;
    int r;

    r = certificate_make_public_key(key, &made.key);
    if (r < 0)
        return r;
    r = certificate_make(&made, issuer, &certificate);
    gnutls_pubkey_deinit(made.key);
    if (r < 0)
        return r;
    r = chain_add(chain, certificate);
    gnutls_x509_crt_deinit(certificate);
    return r;
}

int chain_repeat(struct chain *chain, size_t i)
{
    return add_copy(chain, chain->certificates[i].data, chain->certificates[i].size);
}

void chain_move(struct chain *chain, size_t from, size_t to)
{
    gnutls_datum_t moved = chain->certificates[from];

    if (from < to)
        memmove(chain->certificates + from, chain->certificates + from + 1, (to - from) * sizeof(moved));
    else
        memmove(chain->certificates + to + 1, chain->certificates + to, (from - to) * sizeof(moved));
    chain->certificates[to] = moved;
}

void chain_drop(struct chain *chain, size_t i)
{
    if (i >= chain->n)
        return;
    chain_move(chain, i, chain->n - 1);
    free(chain->certificates[--chain->n].data);
}

void chain_done(struct chain *chain)
{
    while (chain->n > 0)
        free(chain->certificates[--chain->n].data);
    free(chain->certificates);
    chain->certificates = NULL;
}

int chain_pack(const struct chain *chain, struct der *ret)
{
    static const unsigned char signed_data[] = { DER_OID, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2 },
                               /* version 1, no digest algorithms, no content of the type "data" */
        begin[] = { DER_INTEGER, 1, 1, DER_SET, 0, DER_SEQUENCE, 11, DER_OID, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7,
            0x0d, 1, 7, 1 },
                               no_signers[] = { DER_SET, 0 };
    struct der der = { .data = NULL };
    size_t content, certificates;

    der_add(&der, signed_data, sizeof(signed_data));
    content = der.size;
    der_add(&der, begin, sizeof(begin));
    certificates = der.size;
    for (size_t i = 0; i < chain->n; i++)
        der_add(&der, chain->certificates[i].data, chain->certificates[i].size);
    der_wrap(&der, certificates, DER_CONTEXT_0);
    der_add(&der, no_signers, sizeof(no_signers));
    der_wrap(&der, content, DER_SEQUENCE);
    der_wrap(&der, content, DER_CONTEXT_0);
    der_wrap(&der, 0, DER_SEQUENCE);
    if (der.failed) {
        der_done(&der);
        return -ENOMEM;
    }
    *ret = der;
    return 0;
}
