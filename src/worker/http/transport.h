/*
 * Why no answer came: turns what libcurl and OpenSSL have seen into a reason and a sentence.
 */
#pragma once

#include "worker/call/failure.h"
#include "worker/http/tls.h"

struct transport_facts {
    CURLcode code;
    bool proxied;                            /* by a proxy */
    long proxy_status;                       /* the proxy's answer to CONNECT; 0: none */
    long proxy_offers;                       /* the proxy's methods for passwords: CURLAUTH_... */
    bool proxy_user_known;                   /* a user is configured */
    bool digest_only;                        /* ... whose password goes out by Digest only */
    long os_error;                           /* errno of a failed connect() */
    bool resolved, connected, secured, sent; /* stages that the exchange reached */
    bool tls_1_2_only;                       /* offered nothing newer, for the proof of possession */
    bool local;        /* all addresses of the host are of this machine or link, which is forbidden */
    bool intercepted;  /* the chain ends in anchors that are not for this server */
    bool closed;       /* the unit of the worker may not reach the address, or the name server */
    bool too_large;    /* we stopped reading */
    bool not_tls;      /* the answer to the handshake is not TLS */
    bool client_shown; /* the request has a client certificate */
    int alert;         /* TLS alert of the server; 0: none */
    int verify_error;  /* X509_V_OK or the error of verifying the server's certificate */
};

/* Names and texts for the message. */
struct transport_place {
    const char *authority; /* host:port */
    const char *host, *proxy, *ca_bundle, *ca_file;
    const char *curl_text; /* libcurl's sentence; may be empty */
    const struct tls_peer *peer;
};

/* Sets reason and message of the failure (code is not CURLE_OK). Returns as failure_set(). */
int transport_fail(
    struct failure *failure, const struct transport_facts *facts, const struct transport_place *place);
