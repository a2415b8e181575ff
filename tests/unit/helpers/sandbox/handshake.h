/*
 * A TLS handshake within the process: a server of the sandbox and a client with a certificate, or none, at the two ends
 * of a socket pair.
 */
#pragma once

#include "sandbox/x509/authority.h"
#include "sandbox/x509/chain.h"
#include "unit/helpers/sandbox/fixture.h"

struct handshake {
    int fds[2];
    gnutls_certificate_credentials_t server_credentials, client_credentials;
    gnutls_session_t server, client;
    int server_result, client_result; /* 0 or an error of GnuTLS */
};

/* Prepares both ends. The client sends the chain with that key, nothing if the chain is NULL, and asks for the host. */
void handshake_prepare(
    struct handshake *h, const struct chain *chain, gnutls_x509_privkey_t key, const char *host);

/* Runs the handshake until both ends are done or one has failed. */
void handshake_run(struct handshake *h);

/* Frees both ends. */
void handshake_end(struct handshake *h);

/* Connects as a device with a certificate of that common name, and writes its serial number. */
void handshake_as_device(struct handshake *h, const struct authorities *authorities, const char *common_name,
    char serial[SERIAL_HEX_LENGTH + 1]);
