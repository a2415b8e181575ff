/*
 * The device at the other end of a TLS connection. TLS asks for a client certificate and accepts any, or none; this
 * module decides per request whether it is one of ours, so that a refusal is an HTTP answer.
 */
#pragma once

#include "sandbox/x509/authority.h"
#include "sandbox/x509/certificate.h"

#include <gnutls/gnutls.h>

#define COMMON_NAME_SIZE 65

struct peer {
    char common_name[COMMON_NAME_SIZE];
    char serial[SERIAL_HEX_LENGTH + 1];
    int64_t expires;
    bool foreign; /* issued by another EST server */
};

/* Reads the client's own certificate, whoever issued it; the caller frees it. 0; -ENOENT if the client sent none;
 * -EBADMSG or -ENOMEM. A session of NULL has none. */
int peer_read_certificate(gnutls_session_t tls, gnutls_x509_crt_t *ret);

/* Writes the serial number of that certificate; "-" if there is none, "?" if it can't be read. */
void peer_read_serial(gnutls_session_t tls, char serial[SERIAL_HEX_LENGTH + 1]);

/* Verifies the client certificate: issued by the device CA or a foreign one, valid now, for client authentication. 0 with the peer;
 * -EACCES with *ret_problem a constant sentence; -ENOMEM. */
int peer_identify(
    gnutls_session_t tls, const struct authorities *authorities, struct peer *ret, const char **ret_problem);
