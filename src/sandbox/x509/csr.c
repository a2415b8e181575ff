#include "sandbox/x509/csr.h"

#include "common/memory.h"
#include "sandbox/base/base64.h"
#include "sandbox/x509/der.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <string.h>

static int check_key(gnutls_pubkey_t key, const char **ret_problem)
{
    unsigned bits = 0;
    int algorithm = gnutls_pubkey_get_pk_algorithm(key, &bits);

    if ((algorithm == GNUTLS_PK_ECDSA && bits >= 256) || (algorithm == GNUTLS_PK_RSA && bits >= 2048))
        return 0;
    *ret_problem = "The key is neither EC of 256 bits nor RSA of 2048 bits or more.";
    return -EBADMSG;
}

/* Finds the encoded subject: the element behind the version of the signed part. */
static int find_subject(gnutls_datum_t der, gnutls_datum_t *ret)
{
    int r = der_take(&der, DER_SEQUENCE, &der, NULL);

    if (r >= 0)
        r = der_take(&der, DER_SEQUENCE, &der, NULL);
    if (r >= 0)
        r = der_take(&der, DER_INTEGER, NULL, NULL);
    return r < 0 ? r : der_take(&der, DER_SEQUENCE, NULL, ret);
}

static int read_request(struct csr *csr, const char **ret_problem)
{
    size_t size = sizeof(csr->common_name);

    if (gnutls_x509_crq_verify(csr->request, 0) < 0) {
        *ret_problem = "The signature of the certificate request does not verify.";
        return -EBADMSG;
    }
    if (find_subject(csr->der, &csr->subject) < 0 ||
        gnutls_x509_crq_get_dn_by_oid(
            csr->request, GNUTLS_OID_X520_COMMON_NAME, 0, 0, csr->common_name, &size) < 0 ||
        strlen(csr->common_name) != size) {
        *ret_problem = "The certificate request has no usable common name.";
        return -EBADMSG;
    }
    if (gnutls_pubkey_init(&csr->key) < 0)
        return -ENOMEM;
    if (gnutls_pubkey_import_x509_crq(csr->key, csr->request, 0) < 0) {
        *ret_problem = "The key of the certificate request cannot be read.";
        return -EBADMSG;
    }
    return check_key(csr->key, ret_problem);
}

int csr_parse(const char *base64, size_t size, struct csr *ret, const char **ret_problem)
{
    struct csr csr = { .key = NULL };
    int r;

    r = base64_decode_text(base64, size, &csr.der);
    if (r == -EBADMSG)
        *ret_problem = "The body is not base64.";
    if (r >= 0 && gnutls_x509_crq_init(&csr.request) < 0)
        r = -ENOMEM;
    if (r >= 0 && gnutls_x509_crq_import(csr.request, &csr.der, GNUTLS_X509_FMT_DER) < 0) {
        *ret_problem = "The body is not a PKCS#10 certificate request.";
        r = -EBADMSG;
    }
    if (r >= 0)
        r = read_request(&csr, ret_problem);
    if (r < 0) {
        csr_done(&csr);
        return r;
    }
    *ret = csr;
    return 0;
}

int csr_read_challenge_password(const struct csr *csr, char *text, size_t size)
{
    int r = gnutls_x509_crq_get_challenge_password(csr->request, text, &size);
    char *end = text;

    if (r == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
        return -ENOENT;
    if (r < 0)
        return -EBADMSG;
    /* GnuTLS escapes the password as if it were part of a name; base64 itself has no backslash */
    for (const char *c = text; *c; c++)
        if (*c != '\\')
            *end++ = *c;
    *end = 0;
    return 0;
}

void csr_done(struct csr *csr)
{
    if (csr->key)
        gnutls_pubkey_deinit(csr->key);
    if (csr->request)
        gnutls_x509_crq_deinit(csr->request);
    gnutls_free(csr->der.data);
    *csr = (struct csr){ .key = NULL };
}
