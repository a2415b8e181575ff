/*
 * What is added to libcurl's TLS: a second file of trust anchors, and a look at the certificates that a
 * server shows, for messages. The look never changes a verdict.
 */
#pragma once

#include "worker/x509/crypto.h"

#include <curl/curl.h>
#include <stdbool.h>

struct tls_peer {
    const char *extra_ca_file; /* borrowed; NULL: none */
    bool failed;
    bool begun;          /* the handshake has: the connection stands, by the proxy if there is one */
    const char *version; /* of TLS; NULL: not agreed on yet */
    int error;           /* X509_V_OK or the first error of the verification */
    X509 *leaf;          /* the server's own certificate */
    X509 *culprit;       /* the certificate of the error */
};

/* A CURLOPT_SSL_CTX_FUNCTION; the userdata is a struct tls_peer that outlives the connection. */
CURLcode tls_prepare(CURL *easy, void *context, void *userdata);

/* Frees what was seen, before the next request and at the end. Safe on a zeroed struct. */
void tls_peer_forget(struct tls_peer *peer);
