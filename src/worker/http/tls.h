/*
 * Additions to libcurl's TLS: a second file of trust anchors, demands on keys (public_key_flaw()) and names of certificates,
 * and a record of the certificates that a server shows, for messages. The record never changes the result of the verification.
 */
#pragma once

#include "worker/x509/crypto.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <sys/socket.h>

struct tls_peer {
    const char *extra_ca_file; /* borrowed; NULL: none */
    bool failed;
    const char *proxy_ca_file; /* like extra_ca_file, for the proxy */
    bool proxy_is_secured;     /* the first handshake is with an https proxy */
    bool begun;                /* the handshake has begun: the connection is made, also through the proxy */
    bool not_local;            /* forbids addresses of this machine and link */
    bool local;                /* such an address was refused */
    int sockets[8];            /* made last for the connection */
    size_t n_sockets;          /* number of sockets made */
    struct sockaddr_storage last; /* address of the last socket */
    char address[56];             /* host or proxy, with the port; empty: no new connection is made */
    const char *version;          /* of TLS; NULL: not agreed yet */
    int alert;                    /* the server's last TLS alert; 0: none (close_notify) */
    int error;                    /* X509_V_OK or the first error of the verification */
    X509 *leaf;                   /* the server's own certificate */
    X509 *culprit;                /* the certificate that the error is about */
};

/* Makes the socket of a connection, and notes it and its address. A CURLOPT_OPENSOCKETFUNCTION whose userdata
 * is a struct tls_peer. */
curl_socket_t tls_open_socket(void *userdata, curlsocktype purpose, struct curl_sockaddr *address);

/* Prepares an SSL_CTX: a CURLOPT_SSL_CTX_FUNCTION whose userdata is a struct tls_peer that outlives the connection. */
CURLcode tls_prepare(CURL *easy, void *context, void *userdata);

/* True if an alert says that the server refuses the client's certificate, or wants one (RFC 8446, 6.2). */
bool tls_alert_refuses_client(int alert);

/* Returns true if the server's certificates are valid by the anchors of this file alone. */
bool tls_is_trusted_by(SSL *ssl, const char *ca_file);

/* Frees the record, before the next request and at the end. Safe on a zeroed struct. */
void tls_peer_forget(struct tls_peer *peer);
