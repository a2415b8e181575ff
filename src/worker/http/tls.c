#include "worker/http/tls.h"

#include "common/memory.h"
#include "worker/http/local-address.h"
#include "worker/x509/public-key.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>

/* The suites of TLS 1.2 with forward secrecy: a key that is stolen later must not decrypt
 * recorded traffic. */
static const char ciphers[] =
    "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:ECDHE+AES:DHE+AES:!aNULL:!aDSS:!PSK:!SRP";

/* The place of the struct tls_peer in an SSL_CTX. */
static int peer_index = -1;

static void keep_reference(X509 **place, X509 *certificate)
{
    if (*place || !certificate || !X509_up_ref(certificate))
        return;
    *place = certificate;
}

/* Returns true if a certificate has a host or an address as alternative name. The common name does not count
 * (RFC 9525). */
static bool names_host(X509 *certificate)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    bool found = false;

    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        int type = sk_GENERAL_NAME_value(names, i)->type;

        found |= type == GEN_DNS || type == GEN_IPADD;
    }
    GENERAL_NAMES_free(names);
    return found;
}

/* Refuses a certificate of the chain whose key has a flaw, and a server certificate without such a name. libcurl compares
 * the names. */
static int demand_more(int preverified, X509_STORE_CTX *store_context)
{
    const X509 *current = X509_STORE_CTX_get_current_cert(store_context);

    if (preverified && current && public_key_flaw(current)) {
        X509_STORE_CTX_set_error(store_context, X509_V_ERR_CERT_REJECTED);
        return 0;
    }
    if (preverified && X509_STORE_CTX_get_error_depth(store_context) == 0 &&
        !names_host(X509_STORE_CTX_get0_cert(store_context))) {
        X509_STORE_CTX_set_error(store_context, X509_V_ERR_HOSTNAME_MISMATCH);
        return 0;
    }
    return preverified;
}

static int record_verification(int preverified, X509_STORE_CTX *store_context)
{
    SSL *ssl = X509_STORE_CTX_get_ex_data(store_context, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct tls_peer *peer = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), peer_index);

    preverified = demand_more(preverified, store_context);
    peer->version = SSL_get_version(ssl);
    keep_reference(&peer->leaf, X509_STORE_CTX_get0_cert(store_context));
    if (!preverified && !peer->failed) {
        peer->failed = true;
        peer->error = X509_STORE_CTX_get_error(store_context);
        keep_reference(&peer->culprit, X509_STORE_CTX_get_current_cert(store_context));
    }
    return preverified;
}

static void record_alert(const SSL *ssl, int where, int value)
{
    if (where & SSL_CB_READ && where & SSL_CB_ALERT) {
        struct tls_peer *peer = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), peer_index);

        peer->alert = value & 0xff;
    }
}

bool tls_alert_refuses_client(int alert)
{
    static const int alerts[] = { SSL_AD_BAD_CERTIFICATE, SSL_AD_UNSUPPORTED_CERTIFICATE,
        SSL_AD_CERTIFICATE_REVOKED, SSL_AD_CERTIFICATE_EXPIRED, SSL_AD_CERTIFICATE_UNKNOWN, SSL_AD_UNKNOWN_CA,
        SSL_AD_ACCESS_DENIED, TLS13_AD_CERTIFICATE_REQUIRED };

    for (size_t i = 0; i < sizeof(alerts) / sizeof(alerts[0]); i++)
        if (alerts[i] == alert)
            return true;
    return false;
}

curl_socket_t tls_open_socket(void *userdata, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct tls_peer *peer = userdata;

    (void)purpose;
    if (peer->not_local && address_is_local(&address->addr)) {
        peer->local = true;
        return CURL_SOCKET_BAD;
    }
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd < 0)
        return CURL_SOCKET_BAD;
    peer->sockets[peer->n_sockets++ % ELEMENTS(peer->sockets)] = fd;
    memcpy(&peer->last, &address->addr,
        address->addrlen < sizeof(peer->last) ? address->addrlen : sizeof(peer->last));
    return fd;
}

/* Writes the peer's address of a socket. Returns false if the socket is not connected. */
static bool format_peer_address(int fd, char *buffer, size_t size)
{
    union {
        struct sockaddr any;
        struct sockaddr_in ipv4;
        struct sockaddr_in6 ipv6;
    } address = { 0 };
    socklen_t length = sizeof(address);
    char ip[INET6_ADDRSTRLEN];

    if (getpeername(fd, &address.any, &length) < 0)
        return false;
    if (address.any.sa_family == AF_INET && inet_ntop(AF_INET, &address.ipv4.sin_addr, ip, sizeof(ip)))
        snprintf(buffer, size, "%s:%d", ip, ntohs(address.ipv4.sin_port));
    else if (address.any.sa_family == AF_INET6 &&
             inet_ntop(AF_INET6, &address.ipv6.sin6_addr, ip, sizeof(ip)))
        snprintf(buffer, size, "[%s]:%d", ip, ntohs(address.ipv6.sin6_port));
    else
        return false;
    return true;
}

/* Finds the connected socket: libcurl closes those for the other addresses of the name. */
static void record_address(struct tls_peer *peer)
{
    size_t kept = peer->n_sockets < ELEMENTS(peer->sockets) ? peer->n_sockets : ELEMENTS(peer->sockets);

    for (size_t i = 0; i < kept; i++)
        if (format_peer_address(peer->sockets[i], peer->address, sizeof(peer->address)))
            return;
}

/* Returns true if the proxy has opened a connection to the host. */
static bool has_tunnel(CURL *easy)
{
    long status = 0;

    return curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &status) == CURLE_OK && status == 200;
}

CURLcode tls_prepare(CURL *easy, void *context, void *userdata)
{
    struct tls_peer *peer = userdata;
    SSL_CTX *ctx = context;

    if (peer_index < 0)
        peer_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
    if (peer_index < 0 || !SSL_CTX_set_ex_data(ctx, peer_index, peer))
        return CURLE_OUT_OF_MEMORY;

    bool of_proxy = peer->proxy_is_secured && !has_tunnel(easy);
    const char *extra = of_proxy ? peer->proxy_ca_file : peer->extra_ca_file;

    /* Debian builds OpenSSL like this; other systems may not. */
    SSL_CTX_set_security_level(ctx, 2);
    if (SSL_CTX_set_cipher_list(ctx, ciphers) != 1)
        return CURLE_SSL_CIPHER;
    SSL_CTX_set_verify(ctx, SSL_CTX_get_verify_mode(ctx), of_proxy ? demand_more : record_verification);
    if (!of_proxy) {
        peer->begun = true;
        record_address(peer);
        SSL_CTX_set_info_callback(ctx, record_alert);
    }
    /* Send the client certificate alone: some servers refuse a second one. */
    SSL_CTX_set_mode(ctx, SSL_MODE_NO_AUTO_CHAIN);
    /* Erase answers in the connection's buffer: that of the activation is a secret. */
    SSL_CTX_set_options(ctx, SSL_OP_CLEANSE_PLAINTEXT);
    /* libcurl adds the bundle to the same store and keeps it for later connections. */
    if (extra && !X509_STORE_load_file(SSL_CTX_get_cert_store(ctx), extra))
        return CURLE_SSL_CACERT_BADFILE;
    return CURLE_OK;
}

bool tls_is_trusted_by(SSL *ssl, const char *ca_file)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    bool trusted = store && context && X509_STORE_load_file(store, ca_file) == 1 &&
                   X509_STORE_CTX_init(
                       context, store, SSL_get0_peer_certificate(ssl), SSL_get_peer_cert_chain(ssl)) == 1 &&
                   X509_STORE_CTX_set_default(context, "ssl_server") == 1;

    if (trusted) {
        /* Verify with the flags that libcurl uses. */
        X509_STORE_CTX_set_flags(context, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST);
        trusted = X509_verify_cert(context) == 1;
    }
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    return trusted;
}

void tls_peer_forget(struct tls_peer *peer)
{
    X509_free(peer->leaf);
    X509_free(peer->culprit);
    peer->leaf = peer->culprit = NULL;
    peer->begun = false;
    peer->n_sockets = 0;
    peer->local = false;
    peer->address[0] = 0;
    peer->version = NULL;
    peer->failed = false;
    peer->alert = 0;
    peer->error = X509_V_OK;
}
