#include "sandbox/web/peer.h"

#include "common/memory.h"

#include <errno.h>
#include <gnutls/x509.h>
#include <string.h>

#define CHAIN_LIMIT 8

static int verify(
    gnutls_x509_trust_list_t trust, gnutls_x509_crt_t *chain, unsigned length, const char **ret_problem)
{
    gnutls_typed_vdata_st purpose = {
        .type = GNUTLS_DT_KEY_PURPOSE_OID,
        .data = (unsigned char *)GNUTLS_KP_TLS_WWW_CLIENT,
    };
    unsigned status = 0;

    if (gnutls_x509_trust_list_verify_crt2(trust, chain, length, &purpose, 1, 0, &status, NULL) < 0) {
        *ret_problem = "The client certificate cannot be verified.";
        return -EACCES;
    }
    if (status & GNUTLS_CERT_EXPIRED)
        *ret_problem = "The client certificate has expired.";
    else if (status & GNUTLS_CERT_NOT_ACTIVATED)
        *ret_problem = "The client certificate is not valid yet.";
    else if (status & GNUTLS_CERT_PURPOSE_MISMATCH)
        *ret_problem = "The client certificate is not one for client authentication.";
    else if (status != 0)
        *ret_problem = "The client certificate was not issued here.";
    return status == 0 ? 0 : -EACCES;
}

void peer_read_serial(gnutls_session_t tls, char serial[SERIAL_HEX_LENGTH + 1])
{
    unsigned length = 0;
    const gnutls_datum_t *raw = tls ? gnutls_certificate_get_peers(tls, &length) : NULL;
    gnutls_x509_crt_t certificate;

    if (!raw || length == 0) {
        strcpy(serial, "-");
        return;
    }
    strcpy(serial, "?");
    if (gnutls_x509_crt_init(&certificate) < 0)
        return;
    if (gnutls_x509_crt_import(certificate, raw, GNUTLS_X509_FMT_DER) >= 0 &&
        certificate_read_serial(certificate, serial) < 0)
        strcpy(serial, "?");
    gnutls_x509_crt_deinit(certificate);
}

int peer_identify(
    gnutls_session_t tls, const struct authorities *authorities, struct peer *ret, const char **ret_problem)
{
    gnutls_x509_crt_t chain[CHAIN_LIMIT];
    const gnutls_datum_t *raw;
    struct peer peer;
    unsigned length = 0, n = 0;
    int r = 0;

    raw = tls ? gnutls_certificate_get_peers(tls, &length) : NULL;
    if (!raw || length == 0) {
        *ret_problem = "This call needs a client certificate.";
        return -EACCES;
    }
    if (length > CHAIN_LIMIT) {
        *ret_problem = "The client sent too many certificates.";
        return -EACCES;
    }
    for (n = 0; n < length && r >= 0; n++) {
        if (gnutls_x509_crt_init(&chain[n]) < 0) {
            r = -ENOMEM;
            break;
        }
        if (gnutls_x509_crt_import(chain[n], &raw[n], GNUTLS_X509_FMT_DER) < 0) {
            *ret_problem = "The client certificate cannot be read.";
            r = -EACCES;
        }
    }
    if (r >= 0)
        r = verify(authorities->devices, chain, length, ret_problem);
    if (r >= 0 && (certificate_read_common_name(chain[0], peer.common_name, sizeof(peer.common_name)) < 0 ||
                      certificate_read_serial(chain[0], peer.serial) < 0)) {
        *ret_problem = "The client certificate has no usable subject or serial number.";
        r = -EACCES;
    }
    while (n > 0)
        gnutls_x509_crt_deinit(chain[--n]);
    if (r < 0)
        return r;
    *ret = peer;
    return 0;
}
