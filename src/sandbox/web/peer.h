/* The device at the other end of a TLS connection. TLS itself only asks for a client certificate and takes
 * any or none; whether it is one of ours is decided here, per request, so that the refusal is an HTTP answer.
 */
#pragma once

#include "sandbox/x509/authority.h"
#include "sandbox/x509/certificate.h"

#include <gnutls/gnutls.h>

#define COMMON_NAME_SIZE 65

struct peer {
    char common_name[COMMON_NAME_SIZE];
    char serial[SERIAL_HEX_LENGTH + 1];
};

/* The serial number of the client certificate that was presented, whoever issued it; "-" if there is none, "?" if it can't
 * be read. */
void peer_read_serial(gnutls_session_t tls, char serial[SERIAL_HEX_LENGTH + 1]);

/* Verifies the client certificate of a connection: issued by the device CA, valid now, for client
 * authentication. 0 with the peer; -EACCES with *ret_problem a constant sentence; -ENOMEM. */
int peer_identify(
    gnutls_session_t tls, const struct authorities *authorities, struct peer *ret, const char **ret_problem);
