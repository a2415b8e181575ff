/*
 * Why no answer came: from what libcurl and OpenSSL saw to a reason and a sentence.
 */
#pragma once

#include "worker/call/failure.h"
#include "worker/http/tls.h"

struct transport_facts {
    CURLcode code;
    bool proxied;           /* the host is reached by a proxy */
    long proxy_status;      /* what the proxy answered to CONNECT, 0: nothing */
    long os_error;          /* errno of a failed connect */
    bool resolved, secured; /* how far it came */
    bool too_large;         /* we stopped reading */
    bool not_tls;           /* what answered the handshake was something else */
    int verify_error;       /* X509_V_OK or what the verification of the server's certificate found */
};

/* The reason of a failure (code is not CURLE_OK). */
enum reason transport_reason(const struct transport_facts *facts);

/* The places that a message names. */
struct transport_place {
    const char *authority; /* host:port */
    const char *host, *proxy, *ca_bundle, *ca_file;
    const char *curl_text; /* libcurl's words, may be empty */
    const struct tls_peer *peer;
};

/* Sets reason and message. Returns -EREMOTEIO. */
int transport_fail(
    struct failure *failure, const struct transport_facts *facts, const struct transport_place *place);
