#include "sandbox/web/peer.h"

#include "common/memory.h"

#include <errno.h>
#include <gnutls/x509.h>
#include <stdio.h>

#define CHAIN_LIMIT 8

static int import_certificate(const gnutls_datum_t *der, gnutls_x509_crt_t *ret)
{
    gnutls_x509_crt_t certificate;

    if (gnutls_x509_crt_init(&certificate) < 0)
        return -ENOMEM;
    if (gnutls_x509_crt_import(certificate, der, GNUTLS_X509_FMT_DER) < 0) {
        gnutls_x509_crt_deinit(certificate);
        return -EBADMSG;
    }
    *ret = certificate;
    return 0;
}

int peer_read_certificate(gnutls_session_t tls, gnutls_x509_crt_t *ret)
{
    unsigned n = 0;
    const gnutls_datum_t *der = tls ? gnutls_certificate_get_peers(tls, &n) : NULL;

    return der && n > 0 ? import_certificate(der, ret) : -ENOENT;
}

void peer_read_serial(gnutls_session_t tls, char serial[SERIAL_HEX_LENGTH + 1])
{
    gnutls_x509_crt_t certificate;
    int r;

    r = peer_read_certificate(tls, &certificate);
    snprintf(serial, SERIAL_HEX_LENGTH + 1, "%s", r == -ENOENT ? "-" : "?");
    if (r < 0)
        return;
    (void)certificate_read_serial(certificate, serial);
    gnutls_x509_crt_deinit(certificate);
}

static int verify_chain(
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

/* Verifies n certificates, the client's own first, and reads the peer from that one. */
static int identify_chain(const struct authorities *authorities, gnutls_x509_crt_t *chain, unsigned n,
    struct peer *ret, const char **ret_problem)
{
    struct peer peer;
    int r;

    r = verify_chain(authorities->devices, chain, n, ret_problem);
    peer.foreign = r < 0 && authorities->foreign;
    if (peer.foreign)
        r = verify_chain(authorities->foreign, chain, n, ret_problem);
    if (r < 0)
        return r;
    peer.expires = gnutls_x509_crt_get_expiration_time(chain[0]);
    if (certificate_read_common_name(chain[0], peer.common_name, sizeof(peer.common_name)) < 0 ||
        certificate_read_serial(chain[0], peer.serial) < 0) {
        *ret_problem = "The client certificate has no usable subject or serial number.";
        return -EACCES;
    }
    *ret = peer;
    return 0;
}

int peer_identify(
    gnutls_session_t tls, const struct authorities *authorities, struct peer *ret, const char **ret_problem)
{
    gnutls_x509_crt_t chain[CHAIN_LIMIT];
    const gnutls_datum_t *sent;
    unsigned length = 0, n = 0;
    int r = 0;

    sent = tls ? gnutls_certificate_get_peers(tls, &length) : NULL;
    if (!sent || length == 0) {
        *ret_problem = "This call needs a client certificate.";
        return -EACCES;
    }
    if (length > CHAIN_LIMIT) {
        *ret_problem = "The client sent too many certificates.";
        return -EACCES;
    }
    while (n < length && r >= 0) {
        r = import_certificate(&sent[n], &chain[n]);
        if (r >= 0)
            n++;
    }
    if (r == -EBADMSG) {
        *ret_problem = "The client certificate cannot be read.";
        r = -EACCES;
    }
    if (r >= 0)
        r = identify_chain(authorities, chain, n, ret, ret_problem);
    while (n > 0)
        gnutls_x509_crt_deinit(chain[--n]);
    return r;
}
