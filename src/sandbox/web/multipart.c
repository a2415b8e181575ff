#include "sandbox/web/multipart.h"

#include "common/memory.h"
#include "sandbox/base/base64.h"

#include <errno.h>
#include <stdio.h>

#define BOUNDARY "estServerKeyGenBoundary"
#define PART(type)                                                                                           \
    "--" BOUNDARY "\r\nContent-Type: " type "\r\nContent-Transfer-Encoding: base64\r\n\r\n%s\r\n"

static int encode_key(gnutls_x509_privkey_t key, char **ret)
{
    gnutls_datum_t der = { NULL, 0 };
    size_t size;
    int r;

    if (gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_DER, NULL, GNUTLS_PKCS_PLAIN, &der) < 0)
        return -EIO;
    r = base64_encode_lines(&der, BASE64_COLUMNS, "\r\n", ret, &size);
    gnutls_free(der.data);
    return r;
}

static int encode_chain(const struct chain *chain, char **ret)
{
    struct der der;
    size_t size;
    int r = chain_pack(chain, &der);

    if (r < 0)
        return r;
    r = base64_encode_lines(
        &(gnutls_datum_t){ der.data, (unsigned)der.size }, BASE64_COLUMNS, "\r\n", ret, &size);
    der_done(&der);
    return r;
}

int multipart_fill_answer(struct answer *answer, gnutls_x509_privkey_t key, const struct chain *chain)
{
    _cleanup_free_ char *private = NULL, *certificates = NULL;
    char *body;
    int n, r;

    r = encode_key(key, &private);
    if (r >= 0)
        r = encode_chain(chain, &certificates);
    if (r < 0)
        return r;
    n = asprintf(&body,
        "This text before the first boundary means nothing.\r\n" PART("application/pkcs8")
            PART("application/pkcs7-mime; smime-type=certs-only") "--" BOUNDARY "--\r\n",
        private, certificates);
    if (n < 0)
        return -ENOMEM;
    snprintf(answer->reason, sizeof(answer->reason), "key made");
    return answer_take_body(answer, 200, "multipart/mixed; boundary=\"" BOUNDARY "\"", body, (size_t)n);
}
