#include "sandbox-pkcs.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/pkcs7.h>
#include <string.h>

#include "json.h"

#define COLUMNS 64

static int check_key(gnutls_pubkey_t key, const char **ret_problem)
{
    unsigned bits = 0;
    int algorithm = gnutls_pubkey_get_pk_algorithm(key, &bits);

    if ((algorithm == GNUTLS_PK_ECDSA && bits >= 256) || (algorithm == GNUTLS_PK_RSA && bits >= 2048))
        return 0;
    *ret_problem = "The key is neither EC of 256 bits nor RSA of 2048 bits or more.";
    return -EBADMSG;
}

static int read_request(gnutls_x509_crq_t request, struct csr *ret, const char **ret_problem)
{
    struct csr csr = { .key = NULL };
    size_t size = sizeof(csr.common_name);
    int r;

    if (gnutls_x509_crq_verify(request, 0) < 0) {
        *ret_problem = "The signature of the certificate request does not verify.";
        return -EBADMSG;
    }
    if (gnutls_x509_crq_get_dn_by_oid(request, GNUTLS_OID_X520_COMMON_NAME, 0, 0, csr.common_name, &size) <
            0 ||
        strlen(csr.common_name) != size) {
        *ret_problem = "The certificate request has no usable common name.";
        return -EBADMSG;
    }
    if (gnutls_pubkey_init(&csr.key) < 0)
        return -ENOMEM;
    if (gnutls_pubkey_import_x509_crq(csr.key, request, 0) < 0) {
        *ret_problem = "The key of the certificate request cannot be read.";
        r = -EBADMSG;
    } else {
        r = check_key(csr.key, ret_problem);
    }
    if (r < 0) {
        gnutls_pubkey_deinit(csr.key);
        return r;
    }
    *ret = csr;
    return 0;
}

int sandbox_csr_parse(const char *base64, size_t size, struct csr *ret, const char **ret_problem)
{
    gnutls_datum_t text = { (unsigned char *)base64, (unsigned)size }, der = { NULL, 0 };
    gnutls_x509_crq_t request = NULL;
    int r;

    if (size == 0 || gnutls_base64_decode2(&text, &der) < 0) {
        *ret_problem = "The body is not base64.";
        return -EBADMSG;
    }
    if (gnutls_x509_crq_init(&request) < 0) {
        r = -ENOMEM;
    } else if (gnutls_x509_crq_import(request, &der, GNUTLS_X509_FMT_DER) < 0) {
        *ret_problem = "The body is not a PKCS#10 certificate request.";
        r = -EBADMSG;
    } else {
        r = read_request(request, ret, ret_problem);
    }
    if (request)
        gnutls_x509_crq_deinit(request);
    gnutls_free(der.data);
    return r;
}

static int wrap(const gnutls_datum_t *base64, char **ret, size_t *ret_size)
{
    char *text = malloc(base64->size + base64->size / COLUMNS + 2);
    size_t n = 0;

    if (!text)
        return -ENOMEM;
    for (size_t i = 0; i < base64->size; i += COLUMNS) {
        size_t length = base64->size - i < COLUMNS ? base64->size - i : COLUMNS;

        memcpy(text + n, base64->data + i, length);
        n += length;
        text[n++] = '\n';
    }
    text[n] = '\0';
    *ret = text;
    *ret_size = n;
    return 0;
}

/* GnuTLS writes digestedData as the type of the content that is not there; RFC 5652 wants data, and a strict
 * reader looks. Nothing is signed, so the last number of the identifier can simply be changed. */
static void correct_content_type(gnutls_datum_t *der)
{
    static const unsigned char digested[] = { 0x30, 0x0b, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
        0x01, 0x07, 0x05 };
    unsigned char *found = memmem(der->data, der->size, digested, sizeof(digested));

    if (found)
        found[sizeof(digested) - 1] = 0x01;
}

int sandbox_pkcs7_pack(const gnutls_x509_crt_t *certificates, size_t n, char **ret, size_t *ret_size)
{
    gnutls_datum_t der = { NULL, 0 }, base64 = { NULL, 0 };
    gnutls_pkcs7_t pkcs7;
    int r;

    r = gnutls_pkcs7_init(&pkcs7);
    if (r < 0)
        return -ENOMEM;
    for (size_t i = 0; i < n && r >= 0; i++)
        r = gnutls_pkcs7_set_crt(pkcs7, certificates[i]);
    if (r >= 0)
        r = gnutls_pkcs7_export2(pkcs7, GNUTLS_X509_FMT_DER, &der);
    if (r >= 0) {
        correct_content_type(&der);
        r = gnutls_base64_encode2(&der, &base64);
    }
    r = r < 0 ? -EIO : wrap(&base64, ret, ret_size);
    gnutls_free(base64.data);
    gnutls_free(der.data);
    gnutls_pkcs7_deinit(pkcs7);
    return r;
}
