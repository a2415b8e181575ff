/*
 * Additions to libcurl's TLS: a second file of trust anchors, and a record of the certificates that a server shows, for
 * messages. The record never changes the result of the verification.
 */
#pragma once

#include "worker/x509/crypto.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <sys/socket.h>

struct tls_peer {
    const char *extra_ca_file; /* borrowed; NULL: none */
    bool failed;
    const char *proxy_ca_file; /* as extra_ca_file, for the proxy */
    bool proxy_is_secured;     /* there is an https proxy: the first handshake is that with it */
    bool begun;       /* the handshake has begun: the connection stands, by the proxy if there is one */
    bool not_local;   /* no connection to an address of this machine or link */
    bool local;       /* one was refused */
    int sockets[8];   /* those made last for the connection */
    size_t n_sockets; /* how many were made */
    struct sockaddr_storage last; /* the address that the last one was made for */
    char address[56];    /* of the host or the proxy, with the port; empty: no new connection stands */
    const char *version; /* of TLS; NULL: not agreed yet */
    int alert;           /* of TLS, that the server has sent last; 0: none (close_notify) */
    int error;           /* X509_V_OK or the first error of the verification */
    X509 *leaf;          /* the server's own certificate */
    X509 *culprit;       /* the certificate that the error is about */
};

/* Makes the socket of a connection, and keeps it and its address: a CURLOPT_OPENSOCKETFUNCTION whose userdata is a struct
 * tls_peer. */
curl_socket_t tls_open_socket(void *userdata, curlsocktype purpose, struct curl_sockaddr *address);

/* Prepares an SSL_CTX: a CURLOPT_SSL_CTX_FUNCTION whose userdata is a struct tls_peer that outlives the connection. */
CURLcode tls_prepare(CURL *easy, void *context, void *userdata);

/* True if an alert says that the server refuses the client's certificate, or wants one (RFC 8446, 6.2). */
bool tls_alert_refuses_client(int alert);

/* True if the certificates that the server has shown are valid by the anchors of this file alone. */
bool tls_is_trusted_by(SSL *ssl, const char *ca_file);

/* Frees the record, before the next request and at the end. Safe on a zeroed struct. */
void tls_peer_forget(struct tls_peer *peer);
