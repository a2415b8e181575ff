/*
 * A HTTPS server on loopback, in threads of the test: a CA and a certificate for 127.0.0.1 made by OpenSSL, a function of
 * the test that answers each request, and a record of what came. Start it, use its anchors file, stop it.
 */
#pragma once

#include "unit/helpers/temporary.h"
#include "unit/helpers/test-certificates.h"

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <strings.h>
#include <sys/socket.h>

enum {
    TLS_SERVER_CONNECTIONS_MAX = 16,
    TLS_SERVER_REQUESTS_MAX = 16,
    TLS_SERVER_REQUEST_SIZE = 32 << 10,
};

struct tls_server;

/* Returns the whole response to a request, with its head; the text must last until the next one. NULL hangs up. Runs under
 * the server's lock; waiting for another request (came) lets other connections go on. */
typedef const char *(*tls_server_answer)(struct tls_server *server, const char *request);

struct tls_server {
    tls_server_answer answer;
    void *userdata;   /* of the test */
    int tls_version;  /* the highest; 0: any */
    EVP_PKEY *ca_key; /* of the CA, which may sign what a test wants */
    X509 *ca;
    char anchors[64]; /* the path of a file with the CA's certificate */
    int port;

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t came;  /* another request */
    int n_connections;    /* that have shaken hands */
    int n_requests;
    char requests[TLS_SERVER_REQUESTS_MAX][TLS_SERVER_REQUEST_SIZE];
    char client[128];                 /* the subject of the last client certificate; empty: none */
    int n_client_chain;               /* certificates that the last client sent, its own among them */
    char unique[2 * EVP_MAX_MD_SIZE]; /* tls-unique of the last connection, in base64 */

    EVP_PKEY *key;
    SSL_CTX *context;
    int fd;
    pthread_t thread, threads[TLS_SERVER_CONNECTIONS_MAX];
    int fds[TLS_SERVER_CONNECTIONS_MAX];
    int n_threads;
};

/* A response with a body; lasts until the next one. */
static inline const char *tls_server_response(const char *status, const char *type, const char *body)
{
    static char text[64 << 10];

    snprintf(text, sizeof(text), "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n%s", status,
        type, strlen(body), body);
    return text;
}

/* The length of the body that a head announces. */
static inline size_t tls_server_body_size(const char *head)
{
    const char *line = strcasestr(head, "\r\nContent-Length:");

    return line ? strtoul(line + 17, NULL, 10) : 0;
}

/* Reads one request. Its length, 0 at the end. */
static inline size_t tls_server_read(SSL *ssl, char *text, size_t size)
{
    size_t used = 0;

    for (;;) {
        int n = SSL_read(ssl, text + used, (int)(size - used - 1));
        if (n <= 0)
            return 0;
        used += (size_t)n;
        text[used] = 0;
        const char *end = strstr(text, "\r\n\r\n");
        if (end && used >= (size_t)(end + 4 - text) + tls_server_body_size(text))
            return used;
    }
}

static inline int tls_server_take_any(int preverified, X509_STORE_CTX *context)
{
    (void)preverified, (void)context;
    return 1;
}

static inline void tls_server_note(struct tls_server *server, SSL *ssl)
{
    unsigned char finished[EVP_MAX_MD_SIZE];
    size_t size = SSL_get_peer_finished(ssl, finished, sizeof(finished));
    X509 *client = SSL_get0_peer_certificate(ssl);

    EVP_EncodeBlock((unsigned char *)server->unique, finished, (int)size);
    server->n_connections++;
    server->client[0] = 0;
    server->n_client_chain = client ? sk_X509_num(SSL_get_peer_cert_chain(ssl)) + 1 : 0;
    if (client)
        X509_NAME_get_text_by_NID(
            X509_get_subject_name(client), NID_commonName, server->client, sizeof(server->client));
}

struct tls_server_connection {
    struct tls_server *server;
    int fd;
};

static inline void *tls_server_serve(void *userdata)
{
    struct tls_server_connection connection = *(struct tls_server_connection *)userdata;
    struct tls_server *server = connection.server;
    char *text = malloc(TLS_SERVER_REQUEST_SIZE);
    SSL *ssl = SSL_new(server->context);
    bool open = true;

    free(userdata);
    SSL_set_fd(ssl, connection.fd);
    if (SSL_accept(ssl) == 1) {
        pthread_mutex_lock(&server->lock);
        tls_server_note(server, ssl);
        pthread_mutex_unlock(&server->lock);
        while (open && tls_server_read(ssl, text, TLS_SERVER_REQUEST_SIZE) > 0) {
            pthread_mutex_lock(&server->lock);
            if (server->n_requests < TLS_SERVER_REQUESTS_MAX)
                strcpy(server->requests[server->n_requests++], text);
            pthread_cond_broadcast(&server->came);
            const char *response = server->answer(server, text);
            open = response && SSL_write(ssl, response, (int)strlen(response)) > 0;
            pthread_mutex_unlock(&server->lock);
        }
    }
    SSL_shutdown(ssl);
    SSL_free(ssl);
    free(text);
    shutdown(connection.fd, SHUT_RDWR);
    return NULL;
}

/* Ends the connection at a place, if there was one. */
static inline void tls_server_join(struct tls_server *server, int place)
{
    if (place >= server->n_threads)
        return;
    shutdown(server->fds[place], SHUT_RDWR);
    pthread_join(server->threads[place], NULL);
    close(server->fds[place]);
}

static inline void *tls_server_accept(void *userdata)
{
    struct tls_server *server = userdata;
    int fd;

    while ((fd = accept(server->fd, NULL, NULL)) >= 0) {
        struct tls_server_connection *connection = malloc(sizeof(*connection));
        int place = server->n_threads % TLS_SERVER_CONNECTIONS_MAX;

        tls_server_join(server, place);
        *connection = (struct tls_server_connection){ server, fd };
        server->fds[place] = fd;
        pthread_create(&server->threads[place], NULL, tls_server_serve, connection);
        server->n_threads++;
    }
    return NULL;
}

static inline void tls_server_write_anchors(struct tls_server *server)
{
    FILE *file = fdopen(mkstemp(temporary_template(server->anchors, "test-anchors")), "w");
    assert_non_null(file);
    assert_true(PEM_write_X509(file, server->ca));
    fclose(file);
}

static inline void tls_server_start(struct tls_server *server)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof(address);

    signal(SIGPIPE, SIG_IGN);
    server->ca_key = make_key();
    server->key = make_key();
    const struct recipe ca = CA_RECIPE("test CA", server->ca_key);
    server->ca = make_certificate(&ca);
    const struct recipe own = { .subject = "server",
        .key = server->key,
        .issuer = server->ca,
        .signer = server->ca_key,
        .from = -60,
        .to = 3600,
        .basic = "critical,CA:FALSE",
        .usage = "critical,digitalSignature",
        .extended = "serverAuth",
        .alternative = "IP:127.0.0.1" };
    X509 *certificate = make_certificate(&own);
    server->context = SSL_CTX_new(TLS_server_method());
    assert_int_equal(SSL_CTX_use_certificate(server->context, certificate), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(server->context, server->key), 1);
    SSL_CTX_set_verify(server->context, SSL_VERIFY_PEER, tls_server_take_any);
    /* A server that asks for certificates resumes sessions of its own name only, and newer clients do resume them. */
    SSL_CTX_set_session_id_context(server->context, (const unsigned char *)"test", 4);
    SSL_CTX_set_max_proto_version(server->context, server->tls_version);
    X509_free(certificate);
    tls_server_write_anchors(server);

    pthread_mutex_init(&server->lock, NULL);
    pthread_cond_init(&server->came, NULL);
    server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server->fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(getsockname(server->fd, (struct sockaddr *)&address, &size), 0);
    assert_int_equal(listen(server->fd, 8), 0);
    server->port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(&server->thread, NULL, tls_server_accept, server), 0);
}

static inline void tls_server_stop(struct tls_server *server)
{
    shutdown(server->fd, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->fd);
    for (int i = 0; i < TLS_SERVER_CONNECTIONS_MAX; i++)
        tls_server_join(server, i);
    unlink(server->anchors);
    SSL_CTX_free(server->context);
    X509_free(server->ca);
    EVP_PKEY_free(server->ca_key);
    EVP_PKEY_free(server->key);
    pthread_cond_destroy(&server->came);
    pthread_mutex_destroy(&server->lock);
}

/* The URL of a path on the server; lasts until the next one. */
static inline const char *tls_server_url(const struct tls_server *server, const char *path)
{
    static char url[256];

    snprintf(url, sizeof(url), "https://127.0.0.1:%d%s", server->port, path);
    return url;
}
